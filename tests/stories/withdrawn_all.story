# TH takes the newest code back, TH0 all of them, STOP as well; another number's code stays.
given +8613800138000 1234
given +8613800138001 1234
stay +8613800138000 420100 13 days ago 30 hours
stay +8613800138001 310000 13 days ago 30 hours
+8613800138001 > CXMYD
+8613800138001 < 【行程查询】您正申请…
+8613800138001 > 1234
+8613800138001 < …核验码{code1}(24小时)
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …核验码{code2}(24小时)
+8613800138000 > CXMYD15
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …核验码{code3}(24小时)
+8613800138000 > TH
+8613800138000 < 【行程查询】最近一个核验码已停用…
page {code3} 8000: not confirmed
page {code2} 8000: genuine 1
+8613800138000 < …被核验1次(网页)…
restart
+8613800138000 > TH0
+8613800138000 < 【行程查询】全部核验码已停用,此前出示的结果均不能再被核验。需要时请重新发送CXMYD
page {code2} 8000: not confirmed
page {code1} 8001: genuine 1
+8613800138001 < …被核验1次(网页)…
+8613800138001 > 退订
+8613800138001 < 【行程查询】已停止:未完成的查询和核验码均已作废,不再发送信息。需要时请重新发送CXMYD
page {code1} 8001: not confirmed
... 20 minutes
look-through
+8613800138001 silence
entries disclose disclose disclose check check
