# Three open disputes at a time; the fourth is told so, and nobody else is touched by it.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 5 hours
stay +8613800138000 440300 12 days ago 5 hours
stay +8613800138000 310000 10 days ago 5 hours
stay +8613800138000 320500 8 days ago 5 hours
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …回复YY1至YY4
+8613800138000 > YY1
+8613800138000 < 【行程查询】已登记对第1项的异议,编号{ref}。…
+8613800138000 > YY2
+8613800138000 < 【行程查询】已登记对第2项的异议…
+8613800138000 > YY3
+8613800138000 < 【行程查询】已登记对第3项的异议…
+8613800138000 > YY4
+8613800138000 < 【行程查询】未登记:该号码待处理或当日的异议已达上限。现有异议处理后,请重新发送YY
propose {ref} keep by ann
approve {ref} by bob
... 1 minute
+8613800138000 > YY4
+8613800138000 < 【行程查询】已登记对第4项的异议…
entries disclose dispute dispute dispute dispute staff.propose staff.approve dispute
