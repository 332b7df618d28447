# BZ tells how it works and who holds what; a question mark speaks the last language.
+8613800138000 > bz
+8613800138000 < 【行程查询】发送CXMYD查询…CXJL查使用记录,QX查同意,SD锁定,SC删除…客服看不到地区,每次查询均有记录
... 20 minutes
+8613800138000 > HELP
+8613800138000 < TRIP: text TRIP for the regions…
... 20 minutes
+8613800138000 > ?
+8613800138000 < TRIP: text TRIP for the regions…
entries
