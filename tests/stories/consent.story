# QX tells what has been agreed to, QXCH ends what stands and takes all check codes back; DY agrees to texts, DY0 ends it.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > QX
+8613800138000 < 【行程查询】该号码长期有效的同意:无。单次同意0次,每次只用一次。取消长期同意和核验码请回QXCH
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …核验码{code}(24小时)
+8613800138000 > DY
+8613800138000 < 【行程查询】您申请在本号码新增停留地区时短信提醒,每天最多一次。同意请10分钟内回复证件号后4位(末位可为X);不同意请勿回。编号H4TN8
+8613800138000 > 9999
+8613800138000 < 【行程查询】未能完成…
+8613800138000 > 1234
+8613800138000 < 【行程查询】已开启:该号码新增停留超4小时的地区时短信提醒,每天最多一次。停止请回DY0
+8613800138000 > CONSENT
+8613800138000 < TRIP: standing consents of this number: texts about new regions (since 23 Nov). Consents for one use: 1, newest 23 Nov 09:12 places. To cancel standing consents and check codes, text CONSENT0
+8613800138000 > QXCH
+8613800138000 < 【行程查询】长期同意和核验码已全部取消。已有数据按期删除,立即删除请回SC;查询记录请回CXJL
page {code} 8000: not confirmed
... 11 minutes
+8613800138000 > QX
+8613800138000 < 【行程查询】该号码长期有效的同意:无。单次同意1次,最近11/23 09:12查询到访地,每次只用一次。取消长期同意和核验码请回QXCH
+8613800138000 > DY0
+8613800138000 < 【行程查询】该号码没有开启新增地区提醒。如需开启请发送DY
+8613800138000 > CXJL
+8613800138000 silence
... 11 minutes
+8613800138000 > CXJL
+8613800138000 < …3)11/23 09:12同意变更、2)11/23 09:12给予同意、1)11/23 09:12查询到访地。…
entries disclose refuse consent.given consent.withdrawn
