# SD locks lookups for a day, SD0 unlocks; both only for whoever reads the texts to the SIM.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > SD
+8613800138000 < 【行程查询】该号码申请锁定24小时,其间不能查询。确认请10分钟内回复这4位数字:{sim};未申请请勿回。编号H4TN8
+8613800138000 > {sim}
+8613800138000 < 【行程查询】该号码的查询已锁定至11/24 09:12,其间任何人不能查询其数据;删除须先回复发到SIM卡的数字。提前解除请回SD0
# A locked number's right digits get the words of wrong ones.
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请查询本号码近14天到访地,结果只发给您。同意请10分钟内回复证件号后4位(末位可为X);不同意请勿回。编号H4TN8
+8613800138000 > 1234
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
+8613800138000 > 4321
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
+8613800138000 > TD
+8613800138000 < 【行程查询】已停止…
restart
... 20 minutes
+8613800138000 > LOCK0
+8613800138000 < TRIP: this number asked to unlock lookups. To confirm, reply in 10 min with these 4 digits: {sim2}. If you did not ask, ignore this. Ref H4TN8
+8613800138000 > {sim2}
+8613800138000 < TRIP: lookups of this number are unlocked. To lock them again, text LOCK
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…
+8613800138000 > CXJL
+8613800138000 < …4)11/23 09:32查询到访地、3)11/23 09:32解除锁定、2)11/23 09:12申请未核实、1)11/23 09:12锁定查询…
entries lock refuse refuse consent.refused unlock disclose
