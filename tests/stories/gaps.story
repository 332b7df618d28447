# Each missing day has its reason: not yet active, no records from the network, off or out of reach.
given +8613800138000 1234 12 days old
gap 7 days ago
gap 9 days ago
stay +8613800138000 420100 6 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:湖北武汉。有数据6/14天,缺11/09、11/10(11/11入网)、11/14、11/16(网络无记录)、11/11-13、11/15(关机或无信号)。11/23 09:12发
