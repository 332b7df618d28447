# What is not understood is answered with the word for a lookup, whatever was asked before.
given +8613800138000 1234
+8613800138000 > DY
+8613800138000 < 【行程查询】您申请在本号码新增停留地区时短信提醒…
+8613800138000 > N
+8613800138000 < 【行程查询】未能识别。查询近14天到访地请发送CXMYD,帮助请发送BZ,停止请发送TD
+8613800138000 > 退订
+8613800138000 < …需要时请重新发送CXMYD
entries consent.refused
