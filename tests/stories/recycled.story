# The next owner of a number gets nothing of the former one: no stay, no dialogue, no explanation, no dispute, no STOP.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…
+8613800138000 > YY1
+8613800138000 < 【行程查询】已登记对第1项的异议,编号{ref}。…
+8613800138000 > TD
+8613800138000 < 【行程查询】已停止…
renew +8613800138000 9876
+8613800138000 > 你好
+8613800138000 < 【行程查询】未能识别…
+8613800138000 > YY1
+8613800138000 < 【行程查询】没有这一项可提异议…
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 9876
+8613800138000 < 【行程查询】138****8000 …无停留超4小时的地区。有数据0/14天,缺11/09-22(11/23入网)
propose {ref} strike by ann
refused approve {ref} by bob
notices
+8613800138000 silence
entries disclose dispute disclose
