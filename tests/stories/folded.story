# Many checks are few notices; five wrong tries of a live code are told once and burn nothing.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …核验码{code}(24小时)
page {code} 8000: genuine 1
page {code} 8000: genuine 2
page {code} 8000: genuine 3
+8613800138000 < 【行程查询】您11/23 09:12的结果在09:12被核验1次(网页)。记录号2。停用请回TH
+8613800138000 silence
page {code} 8001: not confirmed
page {code} 8002: not confirmed
page {code} 8003: not confirmed
page {code} 8004: not confirmed
+8613800138000 silence
page {code} 8005: not confirmed
page {code} 8006: not confirmed
+8613800138000 < 【行程查询】有人输入您11/23 09:12结果的核验码,但尾号错误5次。如有疑虑,停用请回TH
restart
... 11 minutes
look-through
+8613800138000 < 【行程查询】您的结果自09:12起又被核验2次(网页)。记录号3-4。停用全部核验码请回TH0
page {code} 8000: genuine 4
+8613800138000 < 【行程查询】您11/23 09:12的结果在09:23被核验1次(网页)。记录号5。停用请回TH
... 11 minutes
look-through
+8613800138000 silence
entries disclose check check check check
