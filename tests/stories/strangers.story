# Who is no handset of this operator's country, or writes to a code that is not ours, gets nothing and costs nothing.
given +8613800138000 1234
+10086 > CXMYD
+10086 silence
+12025550123 > CXMYD
+12025550123 silence
+862083330000 > CXMYD
+862083330000 silence
+8613800138000 > CXMYD @99999
+8613800138000 silence
entries
