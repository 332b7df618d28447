# Ten minutes and no longer; and a number of an explanation never is an answer to a prompt.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …回复YY1
... 9 minutes
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
... 50 seconds
+8613800138000 > YY1
+8613800138000 < 【行程查询】已登记对第1项的异议…
... 1 minute
+8613800138000 > YY1
+8613800138000 < 【行程查询】没有这一项可提异议…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉(异议中)。…
entries disclose dispute disclose
