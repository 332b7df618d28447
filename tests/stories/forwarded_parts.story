# A phone cut the forwarded reply in two messages; the other way round, or an hour late, it is no reply.
given +8613800138000 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > TRIP
+8613800138000 < TRIP: you asked…
+8613800138000 > 1234
+8613800138000 < TRIP: 138****8000, 9-23 Nov: over 4 h in Wuhan. Data on 13/14 days, none on 9 Nov (off or no signal). Sent 23 Nov 09:12. Check code {code} (24 h)
+8613900139000 > CHECK (1/2) TRIP: 138****8000, 9-23 Nov: over 4 h in Wuhan. Data on 13/14 days,
+8613900139000 < TRIP: the text is not complete…
+8613900139000 > (2/2) none on 9 Nov (off or no signal). Sent 23 Nov 09:12. Check code {code} (24 h)
+8613900139000 < TRIP: the text is the one that we sent. This proves the message, not the person who shows it
+8613800138000 < TRIP: your answer of 23 Nov 09:12 was checked at 09:12, 1 time (SMS), entry 2. To withdraw it, reply REVOKE
+8613900139000 > CHECK TRIP: 138****8000, 9-23 Nov: over 4 h in Wuhan. Data on 13/14 days,
+8613900139000 < TRIP: the text is not complete…
... 11 minutes
+8613900139000 > none on 9 Nov (off or no signal). Sent 23 Nov 09:12. Check code {code} (24 h)
+8613900139000 < TRIP: not understood…
+8613900139000 > CHECK TRIP: 138****8000, 9-23 Nov: over 4 h in Shanghai. Data on 13/14 days, none on 9 Nov (off or no signal). Sent 23 Nov 09:12. Check code {code} (24 h)
+8613900139000 < TRIP: cannot confirm…
entries disclose check check
