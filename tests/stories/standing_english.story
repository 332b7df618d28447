# In English; STOP ends a standing consent as well, and fourteen days end it by themselves.
given +8613800138000 1234
given +8613800138001 1234
stay +8613800138000 420100 13 days ago 30 hours
stay +8613800138001 420100 13 days ago 30 hours
Depot registers as 91350100M000100Y43
+8613800138000 > HELP
+8613800138000 < TRIP: …
Depot asks inside 420000 of 8000 daily
+8613800138000 > {Depot}
+8613800138000 < TRIP: Depot (registered) asks for one answer a day, for 14 days: whether this number stayed only in Hubei for 14 days (yes or no, days with data, masked number). You get a text each time; several answers show on which day something changed. Pair {Depot.pair}. To agree, reply {number} in 2 min; to refuse, N; to end it, CONSENT0
+8613800138000 > {number}
+8613800138000 < TRIP: shown at 09:12 to Depot (registered). Entry 2. Standing until 7 Dec; to end it, text CONSENT0
Depot sees: yes 13/14
... 1 day
Depot again: yes 14/14, 12 left
+8613800138000 < TRIP: shown to Depot (registered) as you agreed, 2 of 14, until 7 Dec. Entry 3. To end it, text CONSENT0
+8613800138000 > CONSENT
+8613800138000 < TRIP: standing consents of this number: a daily yes or no for Depot (since 23 Nov). …
+8613800138000 > STOP
+8613800138000 < TRIP: stopped…
... 1 day
Depot again: ended
+8613800138001 > HELP
+8613800138001 < TRIP: …
Depot asks inside 420000 of 8001 daily
+8613800138001 > {Depot}
+8613800138001 < …{number2}…
+8613800138001 > {number2}
+8613800138001 < …Standing until 9 Dec…
Depot sees: yes 13/14
... 14 days
Depot again: ended
+8613800138001 silence
entries staff.register consent.given predicate predicate consent.withdrawn consent.given predicate
