# DY: a region that newly counts is told, once a day, within the consent and behind an entry; the same regions again are not.
given +8613800138000 1234
given +8613800138001 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > DY
+8613800138000 < 【行程查询】您申请…
+8613800138000 > 1234
+8613800138000 < 【行程查询】已开启…
... 1 day
# Nobody is told who has not agreed, nor of a region that counted before.
stay +8613800138001 310000 1 days ago 10 hours
stay +8613800138000 420100 1 days ago 10 hours
notices
+8613800138001 silence
+8613800138000 silence
stay +8613800138000 440300 1 days ago 10 hours
notices
+8613800138000 < 【行程查询】该号码新增停留超4小时的地区:广东深圳(记录2)。完整结果请发送查询,停止提醒请回DY0
# One a day; what came meanwhile is told with the next one.
stay +8613800138000 310000 1 days ago 10 hours
notices
+8613800138000 silence
... 1 day
stay +8613800138000 440 1 days ago 10 hours
notices
+8613800138000 < 【行程查询】该号码新增停留超4小时的地区:…日本…
+8613800138000 > CXJL
+8613800138000 < …共3条,最近:3)11/25 09:12新增地区提醒、2)11/24 09:12新增地区提醒、1)11/23 09:12给予同意。…
+8613800138000 > DY0
+8613800138000 < 【行程查询】已停止新增地区提醒。如需再次开启请发送DY
... 2 days
stay +8613800138000 320500 1 days ago 10 hours
notices
+8613800138000 silence
entries consent.given consent.used consent.used consent.withdrawn
