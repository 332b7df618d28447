# A registered verifier asks the same every day: agreed to once, told each time, one answer a day, ended by one word.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
甲公司 registers as 91350100M000100Y43
甲公司 asks outside 320000 of 8000 daily
+8613800138000 > {甲公司}
+8613800138000 < 【行程查询】甲公司(已登记单位)请您长期同意:14天内每天最多查1次,该号码近14天是否未在江苏停留(只示是否、有数据天数、打码号码)。每次短信告知;逐日对照可看出哪天有变化。配对号{甲公司.pair}。同意请2分钟内回复{number},不同意回N;之后可随时回QXCH停用
+8613800138000 > {number}
+8613800138000 < 【行程查询】已于09:12向甲公司(已登记单位)出示。记录号2。长期同意至12/07,停用回QXCH
甲公司 sees: yes 13/14
# The first answer was today's.
甲公司 again: usedtoday
+8613800138000 silence
+8613800138000 > QX
+8613800138000 < 【行程查询】该号码长期有效的同意:每天向甲公司答是否(11/23起)。单次同意0次,每次只用一次。取消长期同意和核验码请回QXCH
... 1 day
stay +8613800138000 320500 1 days ago 10 hours
甲公司 again: no 14/14, 12 left
+8613800138000 < 【行程查询】按您同意向甲公司(已登记单位)答是否,第2/14次,至12/07。记录3。停用回QXCH
甲公司 again: usedtoday
# It is the one yes-or-no question of these days: another set cannot be asked beside it.
甲公司 asks outside 420000 of 8000
+8613800138000 > {甲公司}
+8613800138000 < …{number2}…
+8613800138000 > {number2}
+8613800138000 < 【行程查询】未出示:对方14天内已问过该号码一次,不能再问。对方未看到任何内容
... 11 minutes
+8613800138000 > CXJL
+8613800138000 < …共3条,最近:3)11/24 09:12长期同意是否核验(甲公司)、2)11/23 09:12长期同意是否核验(甲公司)、1)11/23 09:12给予同意。…
# A locked number answers nothing, and nobody is told why.
... 1 day
+8613800138000 > SD
+8613800138000 < …{number3}…
+8613800138000 > {number3}
+8613800138000 < 【行程查询】…已锁定…
甲公司 again: notnow
+8613800138000 silence
... 1 day
restart
甲公司 again: no 13/14, 11 left
+8613800138000 < …第3/14次…
+8613800138000 > QXCH
+8613800138000 < 【行程查询】长期同意和核验码已全部取消。…
... 1 day
甲公司 again: ended
+8613800138000 silence
entries staff.register consent.given predicate predicate lock predicate predicate consent.withdrawn
