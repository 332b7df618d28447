# STOP beats it: nothing can be disputed afterwards, and no notice goes out.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
+8613800138000 > YY1
+8613800138000 < 【行程查询】已登记对第1项的异议,编号{ref}。…
+8613800138000 > TD
+8613800138000 < 【行程查询】已停止…
+8613800138000 > YY1
+8613800138000 silence
propose {ref} strike by ann
approve {ref} by bob
notices
+8613800138000 silence
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …无停留超4小时的地区。已更正,不再计入:湖北武汉11/09、11/10(11/23更正)。…
entries disclose dispute staff.propose staff.approve correction disclose
