# A locked number shows nothing, and a verifier's digits get no "no" that nobody gave.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > SD
+8613800138000 < …{sim};未申请请勿回…
+8613800138000 > {sim}
+8613800138000 < 【行程查询】该号码的查询已锁定至…
甲店 asks id4 1234 of 8000
+8613800138000 > {甲店}
+8613800138000 < …“甲店”…{number}…
+8613800138000 > {number}
+8613800138000 < 【行程查询】未能出示,对方未看到任何内容。请稍后由对方重新发起
甲店 sees: failed
乙店 asks show of 8000
+8613800138000 > {乙店}
+8613800138000 < …“乙店”…{number2}…
+8613800138000 > {number2}
+8613800138000 < 【行程查询】未能出示,对方未看到任何内容。请稍后由对方重新发起
乙店 sees: failed
entries lock check check
