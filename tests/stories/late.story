# A subscriber asks, is distracted, and answers too late.
given +8613800138000 1234
stay +8613800138000 420100 3 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
... 11 minutes
+8613800138000 > 1234
+8613800138000 < 【行程查询】验证已超时,未查询任何数据。需要时请重新发送CXMYD
... 40 seconds
+8613800138000 > 1234
+8613800138000 < 【行程查询】未能识别。…
entries consent.expired
