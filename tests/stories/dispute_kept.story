# Decided the other way, the region stays and the mark goes; a third operator may not change it.
given +8613800138000 1234
stay +8613800138000 320500 5 days ago 6 hours
+8613800138000 > WHY
+8613800138000 < TRIP: …
+8613800138000 > 1234
+8613800138000 < TRIP: …1) Suzhou 18 Nov, 1 d, certain. …
+8613800138000 > WHY1
+8613800138000 < TRIP: dispute about no. 1 registered, ref {ref}. Two people check it; you get an SMS. Until then the region is marked (disputed)
# Explained again, it has its number still, and the same ticket.
... 1 minute
+8613800138000 > WHY
+8613800138000 < TRIP: …
+8613800138000 > 1234
+8613800138000 < TRIP: …1) Suzhou (disputed) 18 Nov, 1 d, certain. …
+8613800138000 > WHY1
+8613800138000 < TRIP: dispute about no. 1 registered, ref {ref}. …
propose {ref} strike by ann
propose {ref} keep by cleo
refused approve {ref} by cleo
approve {ref} by ann
restart
notices
+8613800138000 < TRIP: dispute {ref} settled: two people checked it, the record stays as it is. Questions: ask support with this ref
+8613800138000 > TRIP
+8613800138000 < TRIP: …
+8613800138000 > 1234
+8613800138000 < TRIP: 138****8000, 9-23 Nov: over 4 h in Suzhou. …
entries disclose dispute disclose staff.propose staff.propose staff.approve disclose
