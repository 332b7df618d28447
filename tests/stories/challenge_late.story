# Two minutes to answer, three minutes for the digits; what comes later shows nothing and says so.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
前台 asks show of 8000
... 179 seconds
前台 sees: opened
... 2 seconds
前台 sees: expired
+8613800138000 > {前台}
+8613800138000 < 【行程查询】没有与该号码对应的核验请求…
前台 asks show of 8000
... 100 seconds
+8613800138000 > {前台}
+8613800138000 < …{number}…
... 119 seconds
+8613800138000 > {number}
+8613800138000 < 【行程查询】该请求已超时,未出示任何内容。如需出示,请对方重新发起
... 10 seconds
前台 sees: expired
... 11 minutes
+8613800138000 > CXJL
+8613800138000 < …1)…申请过期…
entries consent.expired
