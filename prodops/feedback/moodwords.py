"""English words by how good or bad a customer feels who uses them, written for feedback on products and services.

A trailing ``*`` stands for any ending. Weights run from 1 (mild) to 3 (strong).
"""

GOOD = {
    3.0: """
        amazing awesome brilliant excellent exceptional fabulous fantastic flawless* incredible incredibly love loved loves loving magnificent
        marvellous marvelous outstanding perfect perfection perfectly phenomenal priceless spectacular stellar stunning superb superior terrific
        unbeatable wonderful wonderfully wow best gem lifesaver gamechanger game-changer delight* thrilled
    """,
    2.0: """
        adore* appreciate* beautiful beautifully charming cool comfortable comfy courteous easy easily easier efficient efficiently elegant enjoy*
        enjoyable exceed* favorite favourite fast faster fresh friendly friendlier fun generous glad good great greatest handy happy happier helpful
        helped impressed impressive intuitive kudos kind lovely nice nicely nicer pleasant pleasantly pleased pleasure polite powerful
        prompt promptly professional quick quickly recommend recommended recommending reliable reliably resolved responsive rocks satisfied satisfying
        seamless seamlessly simple slick smooth smoothly solid spotless superfast supportive sweet tasty delicious thank thanks thankful thx grateful
        trust* useful valuable welcoming well worth yay yummy attentive spacious relaxing cleanest congrats congratulations
        hooray gorgeous stoked saved blessed improved improvement improves improving better upgraded rock rocking thankyou ty
    """,
    1.0: """
        accurate adequate affordable attractive available benefit* bonus bright calm cheaper clean clear clearly complimentary convenient decent
        effective fair fine fixed free functional interesting like liked likes modern neat ok okay plenty plus positive pretty proper properly
        quiet reasonable reasonably safe secure stable sturdy success successful successfully tidy variety warm welcome welcomed wise working works
        lol haha smile smiled smiling excited exciting hopeful promising ample generously
    """,
}
BAD = {
    3.0: """
        abysmal appalling appalled atrocious awful awfully crap crappy despicable despise* disaster disastrous disgrace* disgust* dreadful fuck* fraud
        fraudulent garbage hate hated hates hating hell horrendous horrible horribly horrid horrific idiotic infuriat* inexcusable insane junk livid
        lousy nightmare outrage* pathetic piss* rubbish scam* shit shite shitty shocking sickening suck sucked sucks sucky terrible terribly trash
        trashy unacceptable unbearable unusable useless vile worst worthless wtf bullshit bs furious disgraceful shame shameful
        ridiculous ridiculously ruined stupid stupidest ripoff rip-off joke
    """,
    2.0: """
        abandon* angry annoy* anger arrogant bad badly bloat* bother* botched broke broken buggy bugs bug cancelled canceled cannot* careless
        cheat* chaos claustrophobic clunky complain* complaint complaints confus* corrupt* cramped crash crashed crashes crashing dead deceiv* delay
        delayed delays delaying denied deplorable dirty disappoint* disconnect* dishonest dismal dislike* displeas* disrespect* dissatisf* downgrade*
        dumb error errors excuses fail failed failing fails failure failures fake faulty fault filthy flaw* freeze freezes freezing froze frozen
        frustrat* glitch* greedy grim gross hang hangs hopeless hung ignor* impolite impossible inadequate incompetent inconvenien* inconsisten* ineffective
        inefficient inept inferior inhospitable insult* irritat* lack lacking lacked lag laggy lags lagging lame laughable lazy lie lied lies lying
        lost lose loses losing loss malfunction* mediocre mess messed messy mislead* misled missed mistake* mistreat* negligen* neglect* nonsense
        obnoxious outdated overcharged overcrowded overheat* overpriced painful painfully pain poor poorly poorest problem problems problematic
        rude rudest rudely ruin ruins sad sadly scandal* screwed slow slower slowest slowly sluggish smelly spam spammy steal* stole stolen stale
        stuck struggl* stranded tasteless tedious threaten* tired torn tragic trouble* ugly unable unaccept* unavailable unclear uncomfortable
        undrinkable uneatable unfair unfortunate unfortunately unfriendly unhappy unhelpful uninspir* uninstall* unprofessional unreliable unresponsive
        unsafe unsatisf* unstable unwelcoming unwilling upset upsetting vomit waste wasted wasting weak worse worsen* worry worried wrong yuck yikes
        avoid avoided beware grubby shabby insulted clueless apathetic bland soggy inedible disorganised disorganized
        downhill nope refuse* reject* misplac* mishandl* overbook* bumped kicked
    """,
    1.0: """
        ads ad basic boring blame block* bump cancel* complicated concern* cost* crowd* damage* decline* deleted difficult
        difficulty disabled dropped dull expensive fee fees fix forced* forget* forgot hard harder hassle hidden hold however incorrect
        incomplete inaccurate interrupt* invalid invasive issue issues kick* late later limited locked logout loud meh minimal minus missing narrow needs
        negative noisy noise nothing old-fashioned oversized pointless popups popup price* pushy queue* random
        remove* removed repeatedly repetitive reset restrict* risky scratch* sick sorry stale stop* strange sucker suffer* supposed tight
        uninterested unknown unnecessary unexpected* unwanted unlike vague wait waited waiting warning wear* weird worn fewer frantic
        wishes wish lacks downtime outage outages
    """,
}
NEGATIONS = """
    not no never none nobody nothing neither nor without cannot cant can't couldn't couldnt didn't didnt doesn't doesnt don't dont hadn't hasn't hasnt
    haven't havent isn't isnt aint ain't wasn't wasnt weren't won't wont wouldn't wouldnt shouldn't hardly barely rarely scarcely lacks unable stopped aren't arent
"""
"""They turn round what follows within three words, at three quarters of its weight."""
NEEDED = """
    work works worked working load loads loaded loading open opens opened opening connect connects connected connecting respond responds
    responded responding function functions functioning sync syncs synced syncing update updates updated updating log login sign install installs installed
    download downloads downloaded downloading play plays start starts started run runs running send sends sent receive received receiving
    save saves saved use used see find hear access join get show shows refresh answer answered answers reply replied respect
    recognize recognise recognizes help helps care cares enough possible support supported supports arrive arrived allow allows allowed let lets
"""
"""What is only felt where it is missing: bad with a negation before it, and nothing without one."""
STRONGER = {
    1.5: "absolutely amazingly beyond completely deeply downright entirely especially extremely hugely insanely ridiculously seriously so super totally truly utterly",
    1.3: "really very too such always definitely highly much particularly quite constantly continuously every even still way freaking bloody damn",
    0.6: "almost bit fairly kinda little maybe mildly might mostly occasionally partly pretty rather relatively slightly some somewhat sometimes",
}
"""Words that make the next one stronger or weaker, by this factor."""
TURNS = "but however although though except unfortunately yet"
"""What comes after them weighs half more, what came before half."""
