# SC erases everything of a number after the last four; a receipt points into the log, and nothing opens afterwards.
given +8613800138000 1234
given +8613800138001 1234
stay +8613800138000 420100 13 days ago 30 hours
stay +8613800138001 310000 13 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …核验码{code}(24小时)
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …结果的依据…
+8613800138000 > YY1
+8613800138000 < 【行程查询】已登记…
+8613800138000 > SC
+8613800138000 < 【行程查询】您申请删除本号码的全部数据,删除后无法恢复。同意请10分钟内回复证件号后4位(末位可为X);不同意请勿回。编号H4TN8
# Wrong digits erase nothing, in the ordinary words.
+8613800138000 > 4321
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送SC。非本号码使用人操作请回SD锁定
+8613800138000 > 1234
+8613800138000 < 【行程查询】该号码的全部数据已删除,任何人无法恢复。凭证:公开日志第4条。重新入网前不再记录该号码
page {code} 8000: not confirmed
+8613800138000 silence
+8613800138000 > CXJL
+8613800138000 < 【行程查询】该号码的数据没有使用记录…
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】未能完成…
# The same row of the register does not bring it back, and the network's records find nobody.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
... 1 minute
+8613800138000 > 1234
+8613800138000 < 【行程查询】未能完成…
# Everybody else's is as it was.
+8613800138001 > CXMYD
+8613800138001 < 【行程查询】您正申请…
+8613800138001 > 1234
+8613800138001 < 【行程查询】138****8001 …上海…
# A new activation day is a new subscription, and begins empty.
... 1 day
renew +8613800138000 9999
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 9999
+8613800138000 < …无可用数据…
entries disclose disclose dispute refuse erase refuse refuse disclose disclose
