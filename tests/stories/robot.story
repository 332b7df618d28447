# A machine that answers every text of ours is answered twice, then left alone.
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > I am driving and will call back
+8613800138000 < 【行程查询】未能识别…
+8613800138000 > I am driving and will call you
+8613800138000 < 【行程查询】未能识别…
+8613800138000 > I am driving and will call
+8613800138000 > I am driving and will
+8613800138000 silence
entries
