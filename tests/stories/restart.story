# A dialogue survives a killed process.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
restart
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
restart
+8613800138000 silence
entries disclose
