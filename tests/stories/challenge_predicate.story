# A yes or a no: border cells never count, no data is no answer, and one verifier asks once in 14 days.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
stay +8613800138000 320500 2 days ago 6 hours possible
given +8613800138001 567X
甲店 asks outside 320000 of 8000
+8613800138000 > {甲店}
+8613800138000 < 【行程查询】“甲店”(自称,未登记)请您出示:该号码近14天是否未在江苏停留(只示是否、有数据天数、打码号码)。配对号{甲店.pair}。同意请2分钟内回复{number},不同意回N
+8613800138000 > {number}
+8613800138000 < 【行程查询】已于09:12向“甲店”(自称,未登记)出示。记录号1
甲店 sees: yes 13/14
# A second question by the same network, whatever it calls itself.
乙店 asks inside 420000 of 8000
+8613800138000 > {乙店}
+8613800138000 < …是否只在湖北停留…{number2}…
+8613800138000 > {number2}
+8613800138000 < 【行程查询】未出示:对方14天内已问过该号码一次,不能再问。对方未看到任何内容
乙店 sees: spent
# The reply itself may still be shown; and of another number nothing is known: that is no "outside".
丙店 asks show of 8000
+8613800138000 > {丙店}
+8613800138000 < …{number3}…
+8613800138000 > {number3}
+8613800138000 < …出示。记录号2
丙店 sees: shown 420100?320500
丁店 asks outside 320000 of 8001
+8613800138001 > {丁店}
+8613800138001 < …{number4}…
+8613800138001 > {number4}
+8613800138001 < …出示。记录号1
丁店 sees: unknown 0/14
... 14 days
戊店 asks inside 310000,440000 of 8000
+8613800138000 > {戊店}
+8613800138000 < …是否只在上海、广东停留…{number5}…
+8613800138000 > {number5}
+8613800138000 < …出示。记录号3
戊店 sees: unknown 1/14
entries predicate check predicate predicate
