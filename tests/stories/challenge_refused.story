# No, three wrong numbers, STOP, a second page: each ends the question, shows nothing, and costs no try of the last four.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
甲店 asks show of 8000
+8613800138000 > {甲店}
+8613800138000 < …“甲店”…{number}…
+8613800138000 > n
+8613800138000 < 【行程查询】已拒绝,未出示任何内容
甲店 sees: refused
+8613800138000 > {number}
+8613800138000 < 【行程查询】未能识别。…
乙店 asks show of 8000
+8613800138000 > {乙店}
+8613800138000 < …“乙店”…{number2}…
+8613800138000 > 999X
+8613800138000 < 【行程查询】数字不符,未出示任何内容。请核对后重新回复4位数字,不同意回N
+8613800138000 > 998X
+8613800138000 < 【行程查询】数字不符…
乙店 sees: asked
+8613800138000 > 997X
+8613800138000 < 【行程查询】数字3次不符,该请求已结束,未出示任何内容。如需出示,请对方重新发起
乙店 sees: refused
丙店 asks show of 8000
+8613800138000 > {丙店}
+8613800138000 < …“丙店”…{number3}…
丁店 asks show of 8000
+8613800138000 > {丁店}
+8613800138000 < …“丁店”…{number4}…
丙店 sees: refused
+8613800138000 > TD
+8613800138000 < 【行程查询】已停止…
丁店 sees: refused
# Three wrong numbers were no try of the last four.
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 9999
+8613800138000 < 【行程查询】未能完成查询…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
entries refuse refuse refuse refuse refuse disclose
