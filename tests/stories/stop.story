# STOP beats every state, is confirmed once, and the next question starts afresh.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 退订
+8613800138000 < 【行程查询】已停止:未完成的查询和核验码均已作废,不再发送信息。需要时请重新发送CXMYD
+8613800138000 > 1234
+8613800138000 silence
+8613800138000 > TD
+8613800138000 > STOP it
+8613800138000 > what?
+8613800138000 silence
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …
entries consent.refused disclose
