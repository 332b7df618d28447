# Help tells when the service will end, from the order of two persons on; nothing else changes until then.
given +8613800138000 1234
stay +8613800138000 420100 3 days ago 30 hours
+8613800138000 > BZ
+8613800138000 < …每次查询均有记录
ends in 40 days
+8613800138000 > HELP
+8613800138000 < TRIP: text TRIP…every lookup is logged. This service closes for good on 2027-01-02; all data is then destroyed
... 11 minutes
+8613800138000 > BZ
+8613800138000 < 【行程查询】发送CXMYD…每次查询均有记录。本服务将于2027-01-02永久停止,届时全部数据销毁
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …停留超4小时:湖北武汉。…
entries disclose
