# What was done with a number's data, told to that number alone: lookups, checks, disputes, each with its running number.
given +8613800138000 1234
given +8613800138001 1234
stay +8613800138000 420100 13 days ago 30 hours
+8613800138000 > CXJL
+8613800138000 < 【行程查询】该号码的数据没有使用记录。每次查询、核验和更正都会留下一条编号记录,可随时发送CXJL查看
+8613800138000 > CXMYD
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …核验码{code}(24小时)
... 28 minutes
page {code} 8000: genuine 1
+8613800138000 < …被核验1次(网页)…
+8613800138000 > YY
+8613800138000 < 【行程查询】您正申请…
+8613800138000 > 1234
+8613800138000 < …结果的依据…
+8613800138000 > ＣＸ jl
+8613800138000 < 【行程查询】该号码数据的使用记录共3条,最近:3)11/23 09:40查询依据、2)11/23 09:40被核验(网页)、1)11/23 09:12查询到访地。核验指有人核对出示的短信,有记录不代表异常
+8613800138001 > CXJL
+8613800138001 < 【行程查询】该号码的数据没有使用记录…
+8613800138001 > RECORD
+8613800138001 < TRIP: this number's data has not been used. Every lookup, check and correction leaves a numbered line; text RECORD to see them
+8613800138000 > RECORD
+8613800138000 < TRIP: uses of this number's data: 3, newest first: 3) 23 Nov 09:40 reasons looked up, 2) 23 Nov 09:40 checked (web), 1) 23 Nov 09:12 places looked up. Checked: somebody compared a text that was shown. A line does not mean that anything is wrong
# A machine that answers it is left alone.
+8613800138001 > CXJL
+8613800138001 silence
# The next owner of the number starts without lines.
renew +8613800138000 9999
... 1 day
+8613800138000 > CXJL
+8613800138000 < 【行程查询】该号码的数据没有使用记录…
entries disclose check disclose
