# The language follows the keyword.
given +8613800138000 1234
stay +8613800138000 420100 14 days ago 30 hours
+8613800138000 > trip
+8613800138000 < TRIP: you asked for this number's places of the last 14 days, …Ref H4TN8
+8613800138000 > 1234
+8613800138000 < TRIP: 138****8000, 9-23 Nov: over 4 h in Wuhan. Data on 14/14 days. Sent 23 Nov 09:12. Check code {code} (24 h)
entries disclose
