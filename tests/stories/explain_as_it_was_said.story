# It explains what was said, not what is: a stay that came after the answer is not in its explanation.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > trip15
+8613800138000 < TRIP: you asked …
+8613800138000 > 1234
+8613800138000 < TRIP: 138****8000, 8-23 Nov: over 4 h in Wuhan. …
... 20 hours
stay +8613800138000 310000 0 days ago 5 hours
+8613800138000 > WHY
+8613800138000 < TRIP: you asked for the reasons behind this number's answer. To agree, reply in 10 min with the last 4 of your ID; if not, ignore. Ref H4TN8
+8613800138000 > 1234
+8613800138000 < TRIP: 138****8000, answer of 23 Nov 09:12 for 8-23 Nov, rule dwell-4h/1 (over 4 h): 1) Wuhan 9 Nov, 10 Nov, 2 d, certain. …If it is wrong, reply WHY1 in 10 min
... 25 hours
# Nothing is remembered any more: the last 14 days now, in which both are.
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 …结果的依据,11/11-25,…:1.上海11/24,1天,确定。…
entries disclose disclose disclose
