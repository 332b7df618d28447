# Digits of a page that means another number, and digits of no page: one neutral answer, and the page is untouched.
given +8613800138000 1234
given +8613800138001 567X
stay +8613800138001 420100 13 days ago 30 hours
门卫 asks show of 8001
+8613800138000 > {门卫}
+8613800138000 < 【行程查询】没有与该号码对应的核验请求,可能已过期或号码不符。请与对方页面核对后重新发送6位数字
门卫 sees: opened
+8613800138000 > 000000
+8613800138000 < 【行程查询】没有与该号码对应的核验请求,可能已过期或号码不符。请与对方页面核对后重新发送6位数字
# A number without a subscription hears the same, though its last four are right.
+8613900138001 > {门卫}
+8613900138001 < 【行程查询】没有与该号码对应的核验请求,可能已过期或号码不符。请与对方页面核对后重新发送6位数字
门卫 sees: opened
+8613800138001 > {门卫}
+8613800138001 < …{number}…
门卫 sees: asked
# Who is bound is bound: nobody else takes it over.
+8613800138000 > {number}
+8613800138001 silence
门卫 sees: asked
entries
