# The digits of a shown document: yes or no; the verifier's wrong ones cost the holder no try of his own.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
甲店 asks id4 1234 of 8000
+8613800138000 > {甲店}
+8613800138000 < 【行程查询】“甲店”(自称,未登记)请您出示:对方输入的证件号后4位与该号码登记的是否一致(只示是否、打码号码)。配对号{甲店.pair}。同意请2分钟内回复{number},不同意回N
+8613800138000 > {number}
+8613800138000 < …出示。记录号1
甲店 sees: yes 0/0
exhausted +8613800138000
乙店 asks id4 1235 of 8000
+8613800138000 > {乙店}
+8613800138000 < …{number2}…
+8613800138000 > {number2}
+8613800138000 < …出示。记录号2
乙店 sees: no 0/0
entries check check
