"""Turns of speech that names stand beside, in English, German, French, Spanish, Italian, Dutch and Portuguese; and what is no name there."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _either(text: str) -> str:
    """Join the lines of a text into one regular expression that matches any of them."""
    return "(?:" + "|".join(text.split("\n")[1:-1]) + ")"


GREETING = _either("""
(?:hi|hello|hey|hiya)(?: there| again)?|dear|greetings|good (?:morning|afternoon|evening|day)
hallo|hi|liebe[rs]?|servus|moin|grüezi|grüß gott|guten (?:tag|morgen|abend)|sehr geehrte[rs]?|verehrte[rs]?|werte[rs]?
bonjour|bonsoir|salut|coucou|chère|cher
hola|buenos días|buenas(?: tardes| noches)?|estimad[oa]|querid[oa]|apreciad[oa]
ciao|salve|buongiorno|buonasera|gentile|gentilissim[oa]|egregi[oa]|car[oa]
hoi|hai|dag|beste|geachte|lieve|goedemorgen|goedemiddag|goedenavond|goedendag
olá|oi|bom dia|boa (?:tarde|noite)|prezad[oa]|car[oa]|querid[oa]
""")
THANKS = (
    r"(?:(?:(?:many )?thanks|thank you)(?: so much| very much| a lot| again)?(?: for (?:nothing|everything|(?:your|the) \w+))?|thx|danke(?: dir| ihnen)?|vielen dank"
    r"|merci(?: beaucoup)?|(?:muchas )?gracias|grazie(?: mille)?|bedankt|dank je|(?:muito )?obrigad[oa])"
)
"""Thanks, which a name may follow as it follows a greeting: "Thank you Nadia, …"."""
_FAREWELL = _either("""
all the best
(?:with )?(?:(?:best|kind|warm|many|all (?:the|my))(?:est)? )*(?:regards|rgds|wishes|greetings)|best|cheers|br|kr|take care|lots of love|signed
(?:yours )?(?:very )?(?:sincerely|truly|faithfully|respectfully)(?: yours)?|yours
(?:many )?thanks(?: a lot| so much| again)?(?: in advance)?|thank you(?: very much| so much)?(?: in advance)?|thx|ty
mit (?:freundliche[mn]|beste[mn]|herzliche[mn]|liebe[mn]|viele[mn]) gr[üu](?:ß|ss)(?:en)?|mfg|vg|lg|bg|hg|hochachtungsvoll|bis bald|(?:gru(?:ß|ss))
(?:(?:freundliche|viele|liebe|beste|schöne|herzliche|sonnige)n? )?gr[üu](?:ß|ss)e(?: (?:aus|von der|vom) (?:de[mnr] )?+\\w{2,30})?
(?:vielen |besten |herzlichen )?danke?(?: im voraus| schon mal)?
(?:bien |très )?cordialement|(?:sincères |meilleures )?salutations(?: distinguées| cordiales)?|bien à (?:vous|toi)|à bientôt|(?:gros )?bisous
bises|amicalement
merci(?: d['’]avance| beaucoup| bien)?|bonne (?:journée|soirée)
(?:un )?(?:(?:cordial|atento|afectuoso) )?saludos?(?: cordial(?:es)?)?|atentamente|atte|(?:un )?(?:fuerte )?abrazos?|besos
(?:muchas |mil )?gracias(?: de antemano| por todo)?
(?:com os )?(?:melhores |meus )?cumprimentos|atenciosamente|att|(?:muito )?obrigad[oa](?: desde já)?|(?:um )?(?:grande |forte )?abraços?
beijinhos|beijos|até (?:breve|logo)
met (?:vriendelijke|hartelijke) groet(?:en)?|(?:vriendelijke |hartelijke )?groet(?:en|jes)?|mvg|gr|(?:alvast |hartelijk )?bedankt(?: alvast)?
(?:veel )?liefs|hoogachtend
(?:(?:cordiali|distinti|cari|i migliori) )?saluti|(?:un )?(?:cordiale |caro )?saluto|cordialmente|grazie(?: mille)?(?: in anticipo)?|a presto
""")
FAREWELL = rf"{_FAREWELL}(?: (?:and|und|et|y|e|en|&) {_FAREWELL})?"
"""How letters end. "Best" alone is one too, but only above a name of its own line or after a comma."""
INTRODUCTION = _either("""
(?:my|his|her|their|whose) name (?:is|was)|my name's|(?:spoke|talked|speaking|chatted) (?:to|with)(?: \\w+)??
(?:agents?|employees?|colleagues?|rep|technician)(?: named| called|,)?|signed,?|named|(?:sent|written|posted|submitted|reported) by
mein name ist|ich hei(?:ß|ss)e|(?:mitarbeiter(?:in)?|kolleg(?:in|en?)) namens
je m['’]appelle|mon nom est
me llamo|mi nombre es
mi chiamo|il mio nome è
mijn naam is|ik heet
chamo-me|me chamo|(?:o )?meu nome é
""")
"""What a person's name is said after; a capital letter must follow."""
SELF = _either("""
this is|i am|i'm|i’m|it's|here is
hier ist|hier spricht|ich bin|je suis|ici|soy|sono|ik ben|sou
""")
"""How people introduce themselves, and much else: only with "from", "here" or their like behind the name."""
FIELD = (
    r"(?:(?:full|first|last|customer|user|contact|account) name|name|account holder|cardholder|contact(?: person)?|attn|(?:kunden|vor|nach)name|ansprechpartner(?:in)?"
    r"|kontoinhaber(?:in)?|kontakt|titulaire|nom|nombre|titular|nome|intestatario|referente|naam|contactpersoon|rekeninghouder)"
)
"""Labels of a form that a name is filled in behind."""
TITLE = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Dipl\.-Ing|Herrn?|Hr|Fr|Frau|Mme|Mlle|Señor(?:a|ita)?|Sr|Sra|Srta|Sig|Sig\.ra|Sig\.na|Signora?|Dott|Dott\.ssa|Ing|Avv|Dhr|Mevr|Mw"
    r"|Senhora?|Dra|Eng|[Mm]adame|[Mm]ademoiselle|[Mm]onsieur|señor(?:a|ita)?|signora?|mevrouw|meneer|(?:de )?heer|senhora?|don|doña)(?![\w’'-])\.?"
    r"|(?:sig|sig\.ra|dott|dott\.ssa|mevr|dhr|sr|sra|mw)\.)"
)
FRENCH_TITLE = r"(?:^|(?<=[\n.!?,;:(])|(?<=[\n.!?,;:(] )|(?<=\bde )|(?<=\bet )|(?<=\beu )|(?<=\bvu )|(?<=\bpar )|(?<=\bavec )|(?<=\bchez )|(?<=\bcher )|(?<=\bbonjour ))M\."
GREETING_WORDS = _set("""
hi hiya hello hey dear greetings good hallo liebe lieber liebes servus moin grüezi grüß guten sehr verehrte verehrter werte werter bonjour bonsoir
salut coucou cher chère hola buenos buenas estimado estimada querido querida apreciado apreciada ciao salve buongiorno buonasera gentile gentilissimo
gentilissima egregio egregia caro cara hoi hai dag beste geachte lieve goedemorgen goedemiddag goedenavond goedendag olá oi bom boa prezado prezada
thanks thank thx danke vielen merci gracias grazie bedankt dank obrigado obrigada
""")
"""The words that greetings and thanks begin with; the sets below are meant likewise."""
FAREWELL_WORDS = _set("""
with best kind kindest warm warmest many all regards rgds wishes greetings cheers br kr take lots signed very sincerely truly faithfully respectfully
yours thanks thank thx ty mit mfg vg lg bg hg hochachtungsvoll bis gruß gruss freundliche freundlichen viele vielen liebe lieben beste besten schöne
schönen herzliche herzlichen sonnige sonnigen grüße grüsse gruße grusse danke dank bien très cordialement sincères meilleures salutations à gros
bisous bises amicalement merci bonne un cordial atento afectuoso saludo saludos atentamente atte fuerte abrazo abrazos besos muchas mil gracias com
melhores meus cumprimentos atenciosamente att muito obrigado obrigada um grande forte abraço abraços beijinhos beijos até met vriendelijke hartelijke
groet groeten groetjes mvg gr alvast hartelijk bedankt veel liefs hoogachtend cordiali distinti cari i caro cordiale saluti saluto cordialmente grazie
a
""")
FAREWELL_SIGNS = _set("""
regards rgds wishes greetings best cheers br kr care love signed sincerely truly faithfully respectfully yours thanks thank thx ty grüßen grüssen
grussen gruß gruss mfg vg lg bg hg hochachtungsvoll bald grüße grüsse grusse gruße danke dank cordialement salutations vous toi bientôt bisous bises
amicalement merci journée soirée saludo saludos atentamente atte abrazo abrazos besos gracias cumprimentos atenciosamente att obrigado obrigada abraço
abraços beijinhos beijos breve logo groet groeten groetjes mvg gr bedankt liefs hoogachtend saluti saluto cordialmente grazie presto
""")
"""Words of which each farewell has one, rarer than those that farewells begin with."""
TITLE_WORDS = _set("""
mr mrs ms miss mx dr prof professor dipl herr herrn hr fr frau mme mlle señor señora señorita sr sra srta sig signor signora dott ing avv dhr mevr mw
senhor senhora dra eng madame mademoiselle monsieur mevrouw meneer heer don doña m
""")
INTRODUCTION_WORDS = _set("""
my his her their whose spoke talked speaking chatted agent agents employee employees colleague colleagues rep technician signed named sent written posted submitted
reported thanks mein ich mitarbeiter mitarbeiterin kollege kollegen kollegin je mon me mi il mijn ik chamo o meu
""")
INTRODUCTION_SIGNS = _set("""
name spoke talked speaking chatted agent agents employee employees colleague colleagues rep technician signed named sent written posted submitted
reported thanks heiße heisse mitarbeiter mitarbeiterin kollege kollegen kollegin appelle nom llamo nombre chiamo nome naam heet chamo
""")
SELF_SIGNS = _set("from at here calling writing von vom aus de du da van di della dell")
SELF_WORDS = _set("this i it here hier ich je ici soy sono ik sou")
FIELD_WORDS = _set("""
full first last customer user contact account name cardholder attn kundenname vorname nachname ansprechpartner ansprechpartnerin kontoinhaber
kontoinhaberin kontakt titulaire nom nombre titular nome intestatario referente naam contactpersoon rekeninghouder
""")
ASIDE_WORDS = _set("agent advisor operator rep")
"""Before the name of whoever answered, with or without a colon."""
GROUPS = _set("""
team teams support supporter service services app desk customer customers customer-service helpdesk office crew staff gang kundenservice kundendienst
equipe équipe equipo equipa squadra assistenza klantenservice ondersteuning atendimento soporte suporte devs developers entwickler développeurs
desarrolladores
""")
"""A "name" with one of these in it is that of a team or a program."""
NO_NAMES = _set("""
all any anyone app apple again back bot both boss christmas community company customer customers desk dev devs developer developers else everybody
everyone fellow folks friend friends google guys gentlemen helpdesk hello hi here i it ladies madam mam management manager me microsoft moderator my
new no not office ok okay one our people please product sales service siri sir sirs so some somebody someone staff sub support team teams tech thank
thanks that the there they this to tribe update us user users we what who why world y'all yes you your damen herren kundenservice zusammen welt leute
ihr euch danke bitte tous toutes monsieur madame équipe equipo todos tutti amici mundo monde monday tuesday wednesday thursday friday saturday sunday
january february march april may june july august september october november december english german french spanish italian dutch android ios iphone
ipad windows mac linux chrome safari firefox excel outlook slack jira sorry happy sad very really disappointed angry frustrated impressed also still
just now using unable trying a an the so diary kitty grüße grüßen gruß wünsche dank wishes salutations saluti groeten cumprimentos five four three two
lovely works great good bad best never always nothing none maybe well then when where how if and but or for from with without at in on of by as is are
was be bye ps regards cheers best buy western reader readers owner owners author seller host driver dude mate man bro buddy everything anybody nobody
hey dear mr mrs ms sir/madam morning evening day week month year today tomorrow yesterday night version pro premium plus basic free beta trial account
invoice order number alle allerseits miteinander freunde nutzer kunden kunde entwickler entwicklerteam kollegen kolleginnen gott nochmal noch mal
schon auch leider ich wir sie du er es das der die den dem ein eine nicht kein keine geht guten montag dienstag mittwoch donnerstag freitag samstag
sonntag januar februar märz juni juli oktober dezember deutschland österreich schweiz berlin frau herr ihre ihr euer eure vorstand geschäftsführung
redaktion firma à au aux le la les l'équipe un une des mesdames messieurs mademoiselle tout monde client clients clientèle j'ai je nous vous merci
service pas très señor señora señores señoras señorita buenos buenas días tardes noches equipo amigos gente soporte cliente clientes el los las no muy
mi su signor signora signori tutti ragazzi amici assistenza servizio buongiorno buonasera ho non il lo gli bella bello heer mevrouw meneer heren dames
allemaal iedereen team klantenservice mensen het de een niet ik goedemorgen senhor senhora senhores senhoras todos pessoal equipa equipe gente galera
suporte atendimento dia tarde noite não o os facebook instagram whatsapp amazon netflix spotify uber lyft airbnb paypal stripe shopify zoom dropbox
notion trello asana github gitlab zendesk salesforce hubspot samsung sony adobe twitter linkedin youtube tiktok telegram signal discord reddit
pinterest snapchat ebay walmart target costco delta united jetblue southwest american lufthansa ryanair easyjet virgin alexa cortana gmail teams
sharepoint word powerpoint photoshop vodafone telekom xbox playstation nintendo steam tinder duolingo tesla bmw audi ford visa mastercard fedex dhl
ups hermes ikea zalando revolut klarna n26 skype tik-tok tik duolingo corp inc ltd llc gmbh president chairman supervisor director vp ceo cto cfo chief
reservations sales marketing billing security king queen highness majesty lord need needs want wants work working view list gave give got get take
make help big small awesome amazing excellent perfect wonderful fantastic terrible horrible worst better nice cool almost finally there's here's
""")
"""What stands where a name could, and is none."""
