# A dispute, from its number to its end: two people, one notice, and the region counts no more.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
stay +8613800138000 320500 5 days ago 6 hours
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …1.湖北武汉…2.江苏苏州…
+8613800138000 > YY3
+8613800138000 < 【行程查询】没有这一项可提异议…
... 1 minute
+8613800138000 > YY2
+8613800138000 < 【行程查询】已登记对第2项的异议,编号{ref}。两名工作人员核查后短信告知结果,期间该地区标注(异议中)
... 1 minute
+8613800138000 > YY2
+8613800138000 < 【行程查询】已登记对第2项的异议,编号{ref}。…
# While it is open, every answer says so.
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:湖北武汉、江苏苏州(异议中)。…
refused approve {ref} by ann
propose {ref} strike by ann
refused approve {ref} by ann
approve {ref} by bob
refused propose {ref} keep by ann
notices
+8613800138000 < 【行程查询】异议{ref}已处理:经两人核查,该项记录已更正,不再计入。查看请发送YY
notices
+8613800138000 silence
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:湖北武汉。…
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …1.湖北武汉11/09、11/10,2天,确定。已更正,不再计入:江苏苏州11/18(11/23更正)。…如有误请10分钟内回复YY1
entries disclose dispute dispute disclose staff.propose staff.approve correction disclose disclose
