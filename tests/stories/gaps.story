# Each missing day has its reason: not yet active, no records from the network, off or out of reach.
given +8613800138000 1234 12 days old
gap 7 days ago
gap 9 days ago
stay +8613800138000 420100 6 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:湖北武汉。有数据6/14天,缺2天(11/11入网)、2天(网络无记录)、4天(关机或无信号)。11/23 09:12发,核验码{code}(24小时)
entries disclose
