# CXMYD#1234 is a plain question until a pack allows it to be its own answer.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > CXMYD#1234
+8613800138000 < 【行程查询】您正申请…
+8613800138000 silence
... 11 minutes
pack one_message
+8613800138000 > CXMYD#1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…
+8613800138000 > CXMYD#9999
+8613800138000 < 【行程查询】未能完成查询…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …湖北武汉…
+8613800138000 silence
entries disclose consent.expired refuse disclose
