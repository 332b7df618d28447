# While locked, erasing begins with digits texted to the SIM: a forged sender who knows the last four erases nothing, the owner does.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > LOCK
+8613800138000 < …4 digits: {sim}. If…
+8613800138000 > {sim}
+8613800138000 < TRIP: lookups of this number are locked until 24 Nov 09:12; to erase, digits texted to the SIM come first. To unlock, text LOCK0
# Whoever forges the sender cannot read what comes next, and the last four alone are nothing.
+8613800138000 > ERASE
+8613800138000 < TRIP: to erase all data of this number (locked, or out of tries), first reply in 10 min with these 4 digits: {sim2}. If not, ignore. Ref H4TN8
+8613800138000 > 1234
+8613800138000 < TRIP: the lookup could not be completed…
+8613800138000 > {sim2}
+8613800138000 < TRIP: you asked to erase all data of this number, for good. To agree, reply in 10 min with the last 4 of your ID; if not, ignore. Ref H4TN8
+8613800138000 > STOP
+8613800138000 < TRIP: stopped…
+8613800138000 > 1234
+8613800138000 silence
# The lock holds after STOP and after a restart; lookups stay locked, SIM or not.
restart
+8613800138000 > TRIP
+8613800138000 < TRIP: you asked for this number's places…
+8613800138000 > 1234
+8613800138000 < TRIP: the lookup could not be completed…
+8613800138000 > ERASE
+8613800138000 < …4 digits: {sim3}. If…
+8613800138000 > {sim3}
+8613800138000 < TRIP: you asked to erase…
+8613800138000 > 9999
+8613800138000 < TRIP: the lookup could not be completed…
+8613800138000 > 1234
+8613800138000 < TRIP: all data of this number is erased; nobody can restore it. Receipt: entry 4 of the public log. It is not recorded again before a new activation
+8613800138000 > TRIP
+8613800138000 < TRIP: you asked for this number's places…
+8613800138000 > 1234
+8613800138000 < TRIP: the lookup could not be completed…
entries lock refuse consent.expired refuse erase refuse
