# Abroad any registration counts, and the region is the country.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
stay +8613800138000 440 3 days ago 0.5 hours
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】138****8000 11/09-23停留超4小时:湖北武汉、日本。有数据14/14天。11/23 09:12发,核验码{code}(24小时)
entries disclose
