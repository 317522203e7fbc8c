"""The words and turns of speech that the other modules lean on, in the languages customers write most.

English first and fullest; German, French, Spanish, Italian, Portuguese and Dutch so far as their commonest words go.
"""


def _set(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())


def _either(text: str) -> str:
    """Join the lines of a text into one regular expression that matches any of them."""
    return "(?:" + "|".join(text.split("\n")[1:-1]) + ")"


# Function words: they neither carry a theme nor begin or end a name, and they give a text's language away.
BY_LANGUAGE = {
    "English": _set("""
a about above across actually after afterwards again against all almost along already also although always am among an and another any anybody anyhow
anyone anything anyway anywhere are aren't around as at away be became because been before being below between both but by can can't cannot could
couldn't did didn't do does doesn't doing don't done during each either else enough etc even ever every everybody everyone everything everywhere few
for from further get gets getting give given go goes going gone got had hadn't has hasn't have haven't having he her here hers herself him himself his
how however i i'd i'll i'm i've if im in indeed instead into is isn't it it'd it'll it's its itself ive just keep kind know less let let's like lot
lots made make makes many may maybe me might mine more most mostly much must my myself near nearly need neither never next no nobody none nor not
nothing now of often oh ok okay on once one ones only onto or other others our ours ourselves out over own per perhaps please pls put quite rather
really same say says see seem seems several shall she should shouldn't since so some somebody somehow someone something sometimes still such sure take
than thank thanks that that's the their theirs them themselves then there there's therefore these they they'd they'll they're they've thing things
this those though through thru thus till to together too toward towards tried try two u under until up upon ur us use used using very via want wants
was wasn't way we we'd we'll we're we've well were weren't what what's whatever when whenever where whereas whether which while who who's whole whom
whose why will with within without won't would wouldn't yeah yes yet you you'd you'll you're you've your yours yourself dont doesnt didnt cant couldnt
wont wouldnt isnt wasnt arent havent hasnt youre thats theres hi hello hey dear regards cheers amp ve ll re don doesn didn isn wasn couldn wouldn aren
weren hasn haven ain
"""),
    "German": _set("""
ab aber alle als also am an auch auf aus bei bin bis bitte da damit das dass dein dem den der des die dies diese dieser doch du ein eine einem einen
einer eines er es etwas euch für ganz gibt hab habe haben hallo hatte hier ich ihr im immer in ist ja jede jeden jeder jedes jetzt kann kein keine
keinen können könnten könnte man mehr mein meine mich mir mit muss müssen nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit sich
sie sind so soll sollte um und uns unser unsere unseren vom von vor wann warum was weil wenn wer werden wie wieder wir wird wurde zu zum zur über
danke vielen dank allem damen herren passiert leider
"""),
    "French": _set("""
ai alors au aux avec avez avoir bien bonjour c'est ce cela ces cette comme dans de depuis des donc du elle en encore est et eu être faire fait ici il
ils j'ai je l'application la le les leur lui ma mais me merci mes moi mon même n'est ne nos notre nous on ont ou où par pas peu peut plus pour
pourquoi quand que quel qui sa sans se ses si sont suis sur ta te tous tout toute toutes tres très tu un une vos votre vous y à ça était
"""),
    "Spanish": _set("""
al algo así aún cada como con cual cuando de del desde donde el ella ellos en entre era es esta está estaba este esto estoy fue gracias ha hace hasta
hay he hola la las le les lo los mas más me mi mis mucho muy nada ni no nos o otra otro para pero poco por porque puede que qué se ser si sin sobre
solo son soy su sus también te tengo tiene todo todos tu un una uno unos ya yo
"""),
    "Italian": _set("""
anche che ci ciao come con cosa da dal dei del della di dopo e era essere fa gli grazie hanno ho i il io la le lo ma mi molto nel nella non o ogni per
perché più poi quando questa questo qui se sempre senza si sono su sul tutto un una uno è
"""),
    "Portuguese": _set("""
ao aos as até com das dele do dos e ela ele em essa esse esta está eu foi isso já mais mas me meu minha muito na nas no não nos num obrigado olá os ou
para pela pelo por porque pra que quem se sem ser seu só sua são também tem tenho ter um uma você à é
"""),
    "Dutch": _set("""
aan als bij dan dat de deze die dit een en er geen het hoe hij ik is je kan maar me meer met mijn naar niet nog nu of om ook op over te tot uit van
veel voor waar wat we wel werd wordt zijn zo
"""),
    "Russian": _set("""
а без бы был была были было быть в вам вас весь во вот все всё вы где да даже для до его ее её если есть еще ещё же за здесь и из или им их к как
когда кто ли мне много может можно мой моя мы на надо нас не него нет ни но ну о он она они от очень по под пока после потому почему при просто раз с
сам свой себя сейчас спасибо так также такой там то тоже только тут у уже хочу чем через что чтобы эта эти это этого этой этот этом я
"""),
    "Arabic": _set("""
من في على الى إلى عن مع هذا هذه ذلك التي الذي ما لا لم لن هو هي انا أنا انت أنت نحن كان كانت يكون ان أن إن او أو و ثم بعد قبل كل بس يا اذا إذا لو قد
لقد حتى منذ عند عندي لي لكم لكن ولكن هل كيف متى اين أين ليش ليه شو وش كذا غير بين فيه فيها به بها له لها شكرا والله الله جدا جداً مش مو لما يعني
"""),
    "Chinese": _set("""
这个 那个 这些 那些 这样 那样 这么 那么 什么 怎么 为什么 为何 我们 你们 他们 它们 自己 大家 可以 不能 没有 还是 不是 就是 但是 因为 所以 如果 而且 然后 已经
一个 一下 一些 有点 非常 真的 真是 还有 都是 也是 现在 的时候 时候 知道 觉得 应该 可能 需要 使用 谢谢 这個 這個 那個 什麼 怎麼 為什麼 我們 你們 他們 沒有 還是
這樣 這麼 的是 了吗 了吧 都不 也不 不了 个人 的人 我的 你的
"""),
    "Japanese": _set("""
です ます ました ません ない ある いる する した して される から まで ので のに けど でも など とか これ それ あれ この その あの ここ そこ どこ こと もの ため
よう という として について ください ほしい 欲しい なる なり なって できる できない です。 ですが ますが とても すごく もう まだ ながら だけ しか 私 自分
ありがとう ございます
"""),
    "Thai": _set("""
ที่ และ ของ ใน เป็น มี ได้ ไม่ ให้ จะ ก็ แต่ หรือ กับ จาก ว่า นี้ นั้น มา ไป แล้ว อยู่ อีก ครับ ค่ะ คะ นะ เลย มาก ๆ ทำ ผม ฉัน เรา เขา คุณ ต้อง
ถ้า เพราะ อะไร ทำไม ไหม ด้วย แค่ กัน ขอบคุณ
"""),
}
STOP_WORDS = frozenset().union(*BY_LANGUAGE.values())

# Words that may stand in a name but say nothing of a theme by themselves.
LIGHT = _set("""
day days today tomorrow yesterday tonight night nights week weeks month months year years morning evening afternoon moment daily time times way ways
bit stuff people person folks guy guys man men woman women everyone someone new old big small little long short right real whole full entire different
able sure hope hoping hopefully wish look looks looking looked think thinking thought feel feels feeling felt come comes coming came happen happens
happening happened try tries trying told tell tells telling ask asks asking asked seem start started starts starting work works working worked help
helps helping helped app apps application applications far better seen ever actually already exactly absolutely totally completely extremely
definitely honestly simply literally basically idk lol omg plz cuz yall gonna wanna mal heute morgen jeden tag tage woche zeit leute neu neue geht
gehen funktioniert fois jour jours temps nouveau marche fonctionne vez veces día días tiempo nuevo nueva funciona volta giorno tempo nuovo funziona
dia dias novo nova keer dag dagen tijd nieuw werkt
""")

# How people feel is not what they speak of: "great app" and "awesome app" are one thing said.
PRAISED, BLAMED = "great", "terrible"
PRAISE = _set("""
good great best awesome amazing excellent nice love loved loves loving lovely perfect perfectly fantastic wonderful cool superb brilliant outstanding
terrific fabulous incredible happy glad pleased enjoy enjoyed enjoying favorite favourite wow kudos beautiful greatest phenomenal impressive impressed
toll super gut gute klasse prima genial liebe excelente bueno buena encanta parfait génial bon bonne excellent ottimo ottima bello bella fantastico
ótimo bom boa
""")
ANGER = _set("""
bad worst terrible terribly horrible horribly awful poor poorly hate hated hates suck sucks sucked garbage trash crap crappy rubbish useless stupid
annoying disappointed disappointing disappointment pathetic ridiculous unacceptable frustrating frustrated frustration disgusting lousy shit shitty
horrendous dreadful appalling atrocious worse sad angry schlecht schlechte schrecklich furchtbar miserabel mies malo mala pésimo pésima horrible
mauvais mauvaise nul nulle pessimo pessima péssimo péssima
""")

# Of these, what is done: love this app, but not amazing this app.
FELT = _set("love loved loves loving hate hated hates hating enjoy enjoyed enjoying liebe encanta")

# Words that people write and no page should be headed by.
COARSE = _set("""
fuck fucks fucked fucking fuckin wtf bullshit shit shits shitty ass asshole bitch bastard bastards damn dick piss pissed poop cunt
scheiße scheisse scheiss putain merde mierda joder puta merda porra caralho cazzo kut klote
""")

SYNONYMS = {"e-mail": "email", "e-mails": "emails", "wi-fi": "wifi", "log-in": "login", "sign-in": "signin"}

# Words that may open a name though they are stop words: they turn what follows round.
OPENERS = _set("""
can't cannot cant won't wont doesn't doesnt don't dont didn't didnt isn't never no not too keeps keep unable stop stopped stops
kein keine nicht ne pas impossible no nunca
""")
# What makes a sentence of a thing and what is said of it.
BEING = _set("is are was were be been ist sind est es")
# "log in", "shut down": a small word that may end a name after one of these.
PARTICLES = _set("in out up off down back again")
BEFORE_PARTICLE = _set("""
log logs logging logged sign signs signing signed check checking checked lock locked locks set show shows shut shuts turn turned opt kicks kick
kicked kicking goes go going pop pops times timed time come comes hang hung hangs crashes crashed sends sent cut cuts
""")

BEFORE_THROUGH = _set("go goes going gone went")
# Denials that count as one word, "not", in a name, and what stands before a bare one.
DENIALS = _set("not can't cannot cant won't wont doesn't doesnt don't dont didn't didnt isn't")
BEFORE_NOT = _set("will does do did can could would is was are has have")
# Words at which a thought turns: no name runs over them.
TURNS = _set(
    "but because which who when if so i i'm i've i'd i'll you we they he she aber weil wenn und mais car quand et si pero porque cuando y"
)
# What stands before a noun, and what before something done or how something is.
ARTICLES = _set("""
the a an my your our their his her its this these those no any some each every another der die das den dem des ein eine einen einem einer mein meine
meinen ihr ihre unser unsere kein keine keinen le la les un une des mon ma mes votre vos ce cette el los las una mi mis su sus il lo gli i mio mia o os as
um uma meu minha seu sua de het een mijn jullie geen
""")
BEFORE_DEEDS = _set("""
i you he she it we they to can could will would should don't doesn't didn't can't won't couldn't cannot cant dont i'm i've i'd i'll it's we're they're
you're who please never just is are was were be been being am so very too more really not ich du er sie es wir zu ist sind sehr je j'ai il elle nous
est très yo no es son muy
""")
UNITS_OF_TIME = _set("hour hours hr hrs minute minutes min mins second seconds sec secs")

# Where a full stop ends no sentence: never, not before a small letter, not before a number.
ABBREVIATIONS = _set("""
e.g i.e eg ie mr mrs ms mx dr prof st mt vs cf ca approx esp incl excl resp fwd dept cust
bzw z.b zb d.h dh ggf inkl exkl evtl vgl u.a s.o s.u sog zzgl fa hr fr str
p.ex p.ej ej sra dra mme mlle vgl dott sig bijv o.a d.w.z m.i.v bv
""")
CLOSING_ABBREVIATIONS = _set("etc inc ltd co corp llc hrs hr mins secs jr sr usw etc enz ecc")
BEFORE_NUMBERS = _set("""
no nr nos num p pp pg fig vol v ver vers ch sec art ext tel max min abs s
jan feb mar apr jun jul aug sep sept oct okt nov dec dez
""")

# Where a sentence turns to something else.
CONTRAST = _either("""
but(?! (?:also|for|that|then)\\b)|however|although|whereas|except (?:that|for)|on the other hand|other than that
aber|jedoch|allerdings
cependant|toutefois|par contre
pero|sin embargo
porém
però|tuttavia
maar|echter
""")
CONTRAST_AFTER_COMMA = _either("""
though|yet|while
mais|mas|ma|sondern|während
""")
BEFORE_BUT = _set("nothing anything everything all none cannot not only one nichts alles rien tout nada todo nulla niets")
