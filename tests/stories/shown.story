# A reply is shown and checked: the holder is told, takes the code back, and it is as if it had never been.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:湖北武汉。有数据13/14天,缺11/09(关机或无信号)。11/23 09:12发,核验码{code}(24小时)
page {code} 8000: genuine 1
+8613800138000 < 【行程查询】您11/23 09:12的结果在09:12被核验1次(网页)。记录号2。停用请回TH
page {code} 8001: not confirmed
page 7KQ2M-9XW4B 8000: not confirmed
+8613800138000 silence
... 20 minutes
page {code} 8000: genuine 2
+8613800138000 < 【行程查询】您11/23 09:12的结果在09:32被核验1次(网页)。记录号3。停用请回TH
+8613800138000 > t h
+8613800138000 < 【行程查询】最近一个核验码已停用,出示的该条结果不能再被核验。需要时请重新发送CXMYD
page {code} 8000: not confirmed
+8613800138000 > TH
+8613800138000 < 【行程查询】没有可停用的核验码,可能已过期或已停用。帮助请发送BZ
entries disclose check check
