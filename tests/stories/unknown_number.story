# A number that is not enrolled hears the same words as one with wrong digits.
+8613900139000 > CXMYD
+8613900139000 < 【行程查询】您正申请查询本号码近14天到访地,结果只发给您。同意请10分钟内回复证件号后4位(末位可为X);不同意请勿回。编号H4TN8
+8613900139000 > 1234
+8613900139000 < 【行程查询】未能完成查询。请核对后直接回复后4位,或重新发送CXMYD。非本号码使用人操作请回SD锁定
entries refuse
