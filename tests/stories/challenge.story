# Somebody stands in front of a verifier: six digits, one question, one number back, and the page is green.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
stay +8613800138000 320500 2 days ago 6 hours possible
前台小王 asks show of 8000
前台小王 sees: opened
+8613800138000 silence
+8613800138000 > {前台小王}
+8613800138000 < 【行程查询】“前台小王”(自称,未登记)请您出示:该号码近14天停留地区、有数据天数、打码号码。配对号{前台小王.pair}。同意请2分钟内回复{number},不同意回N
前台小王 sees: asked
... 90 seconds
+8613800138000 > {number}
+8613800138000 < 【行程查询】已于09:13向“前台小王”(自称,未登记)出示。记录号1
前台小王 sees: shown 420100?320500
前台小王 sees: expired
# The number served once, and the digits as well.
+8613800138000 > {前台小王}
+8613800138000 < 【行程查询】没有与该号码对应的核验请求,可能已过期或号码不符。请与对方页面核对后重新发送6位数字
entries check
