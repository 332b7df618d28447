# A machine that says YY or YY1 to whatever it gets is soon left alone.
given +8613800138000 1234
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
... 40 seconds
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
... 40 seconds
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
... 40 seconds
+8613800138000 > YY
+8613800138000 silence
+8613800138000 > YY1
+8613800138000 silence
entries
