# Data whose fate is unknown is not sent again; a prompt is.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
link unknown
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 < 【行程查询】您正申请…
link unknown
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
+8613800138000 < 【行程查询】该号码申请的查询结果可能未送达,为防泄露不再重发。如未收到,请重新发送CXMYD
+8613800138000 silence
entries disclose
