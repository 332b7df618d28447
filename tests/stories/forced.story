# Somebody forces her to say her digits: she says others, and is refused like with wrong ones; then her own are refused too.
given +8613800138000 1234
stay +8613800138000 420100 3 days ago 30 hours
second +8613800138000 1234 8642
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…核验码{code}(24小时)
page {code} 8000: genuine 1
+8613800138000 < 【行程查询】您…被核验1次…
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 8642
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
+8613800138000 > 1234
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
# Her codes are void, and what the phone can ask for shows nothing.
page {code} 8000: not confirmed
+8613800138000 > TD
+8613800138000 < 【行程查询】已停止…
+8613800138000 > CXJL
+8613800138000 < 【行程查询】该号码数据的使用记录共3条,最近:3)11/23 09:12申请未核实、2)11/23 09:12被核验(网页)、1)11/23 09:12查询到访地。核验指有人核对出示的短信,有记录不代表异常
# SD0 says that it unlocks, and unlocks nothing of this.
... 20 minutes
+8613800138000 > SD0
+8613800138000 < …回复这4位数字:{sim};…
+8613800138000 > {sim}
+8613800138000 < 【行程查询】该号码的查询锁定已解除。如需再次锁定请回SD
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
# A day later it is over, for her own digits; the others still do what they are for.
... 24 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…
second +8613800138000 1234 none
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 8642
+8613800138000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…
entries disclose check refuse refuse consent.refused unlock refuse disclose refuse disclose
