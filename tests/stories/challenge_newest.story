# Four digits belong to the newest open prompt: a lookup's or a verifier's, whichever asked last.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
前台 asks show of 8000
+8613800138000 > {前台}
+8613800138000 < …“前台”…{number}…
+8613800138000 > 1234
+8613800138000 < 【行程查询】数字不符,未出示任何内容…
+8613800138000 > {number}
+8613800138000 < 【行程查询】已于09:12向“前台”(自称,未登记)出示。记录号1
前台 sees: shown 420100
... 31 seconds
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
# The other way round.
门卫 asks show of 8000
+8613800138000 > {门卫}
+8613800138000 < …“门卫”…{number2}…
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > {number2}
+8613800138000 < 【行程查询】未能完成查询…
门卫 sees: asked
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
... 31 seconds
+8613800138000 > {number2}
+8613800138000 < …向“门卫”…出示。记录号4
门卫 sees: shown 420100
entries check disclose refuse disclose check
