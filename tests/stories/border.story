# What only border cells speak for stands apart, as possible.
given +8613800138000 1234
stay +8613800138000 310000 14 days ago 30 hours
stay +8613800138000 320500 6 days ago 9 hours possible
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:上海。边界基站,可能未到:江苏苏州。有数据14/14天。11/23 09:12发,核验码{code}(24小时)
entries disclose
