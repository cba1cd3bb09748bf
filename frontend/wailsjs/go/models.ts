export namespace app {
	
	export class Attachment {
	    id: string;
	    name: string;
	    mime: string;
	    size: number;
	    width: number;
	    height: number;
	    url: string;
	    image: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Attachment(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.mime = source["mime"];
	        this.size = source["size"];
	        this.width = source["width"];
	        this.height = source["height"];
	        this.url = source["url"];
	        this.image = source["image"];
	    }
	}
	export class Channel {
	    kind: string;
	    label: string;
	    maxTextBytes: number;
	    maxTextChars: number;
	    maxTextSegments: number;
	    maxFileBytes: number;
	    fileTypes: string[];
	    reports: string[];
	
	    static createFrom(source: any = {}) {
	        return new Channel(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.kind = source["kind"];
	        this.label = source["label"];
	        this.maxTextBytes = source["maxTextBytes"];
	        this.maxTextChars = source["maxTextChars"];
	        this.maxTextSegments = source["maxTextSegments"];
	        this.maxFileBytes = source["maxFileBytes"];
	        this.fileTypes = source["fileTypes"];
	        this.reports = source["reports"];
	    }
	}
	export class External {
	    id: string;
	    media: string;
	    sinceMs: number;
	
	    static createFrom(source: any = {}) {
	        return new External(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.media = source["media"];
	        this.sinceMs = source["sinceMs"];
	    }
	}
	export class KeyValue {
	    key: string;
	    value: string;
	
	    static createFrom(source: any = {}) {
	        return new KeyValue(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.key = source["key"];
	        this.value = source["value"];
	    }
	}
	export class Interaction {
	    id: string;
	    communication: string;
	    channel: string;
	    contactId: string;
	    contact: string;
	    handle: string;
	    queue: string;
	    queueName: string;
	    status: string;
	    group: string;
	    lastText: string;
	    lastDirection: string;
	    lastFailed: boolean;
	    lastPending: boolean;
	    unread: number;
	    inbound: number;
	    lastMs: number;
	    waitMs: number;
	    queuedMs: number;
	    alertedMs: number;
	    alertUntilMs: number;
	    connectedMs: number;
	    autoAnswered: boolean;
	    acwUntilMs: number;
	    endedMs: number;
	    endReason: string;
	    wrapUpCode: string;
	    why: string;
	    details: KeyValue[];
	    permit: string;
	    acwOptional: boolean;
	    parkedMs: number;
	    parkUntilMs: number;
	    priority: number;
	    helpMs: number;
	    inactiveAtMs: number;
	    handedBy: string;
	    handedNote: string;
	    handedAtMs: number;
	    surveyScore: number;
	    surveyScale: number;
	
	    static createFrom(source: any = {}) {
	        return new Interaction(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.communication = source["communication"];
	        this.channel = source["channel"];
	        this.contactId = source["contactId"];
	        this.contact = source["contact"];
	        this.handle = source["handle"];
	        this.queue = source["queue"];
	        this.queueName = source["queueName"];
	        this.status = source["status"];
	        this.group = source["group"];
	        this.lastText = source["lastText"];
	        this.lastDirection = source["lastDirection"];
	        this.lastFailed = source["lastFailed"];
	        this.lastPending = source["lastPending"];
	        this.unread = source["unread"];
	        this.inbound = source["inbound"];
	        this.lastMs = source["lastMs"];
	        this.waitMs = source["waitMs"];
	        this.queuedMs = source["queuedMs"];
	        this.alertedMs = source["alertedMs"];
	        this.alertUntilMs = source["alertUntilMs"];
	        this.connectedMs = source["connectedMs"];
	        this.autoAnswered = source["autoAnswered"];
	        this.acwUntilMs = source["acwUntilMs"];
	        this.endedMs = source["endedMs"];
	        this.endReason = source["endReason"];
	        this.wrapUpCode = source["wrapUpCode"];
	        this.why = source["why"];
	        this.details = this.convertValues(source["details"], KeyValue);
	        this.permit = source["permit"];
	        this.acwOptional = source["acwOptional"];
	        this.parkedMs = source["parkedMs"];
	        this.parkUntilMs = source["parkUntilMs"];
	        this.priority = source["priority"];
	        this.helpMs = source["helpMs"];
	        this.inactiveAtMs = source["inactiveAtMs"];
	        this.handedBy = source["handedBy"];
	        this.handedNote = source["handedNote"];
	        this.handedAtMs = source["handedAtMs"];
	        this.surveyScore = source["surveyScore"];
	        this.surveyScale = source["surveyScale"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Item {
	    id: string;
	    kind: string;
	    atMs: number;
	    direction: string;
	    author: string;
	    mine: boolean;
	    text: string;
	    erased: boolean;
	    attachments: Attachment[];
	    delivery: string;
	    unsent: boolean;
	    reason: string;
	    event: string;
	    detail: string;
	    auto: string;
	
	    static createFrom(source: any = {}) {
	        return new Item(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.kind = source["kind"];
	        this.atMs = source["atMs"];
	        this.direction = source["direction"];
	        this.author = source["author"];
	        this.mine = source["mine"];
	        this.text = source["text"];
	        this.erased = source["erased"];
	        this.attachments = this.convertValues(source["attachments"], Attachment);
	        this.delivery = source["delivery"];
	        this.unsent = source["unsent"];
	        this.reason = source["reason"];
	        this.event = source["event"];
	        this.detail = source["detail"];
	        this.auto = source["auto"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class Link {
	    state: string;
	    sinceMs: number;
	    completeToMs: number;
	    retryAtMs: number;
	    reason: string;
	    pending: number;
	    skewMs: number;
	    cacheNote: string;
	
	    static createFrom(source: any = {}) {
	        return new Link(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.state = source["state"];
	        this.sinceMs = source["sinceMs"];
	        this.completeToMs = source["completeToMs"];
	        this.retryAtMs = source["retryAtMs"];
	        this.reason = source["reason"];
	        this.pending = source["pending"];
	        this.skewMs = source["skewMs"];
	        this.cacheNote = source["cacheNote"];
	    }
	}
	export class MyQueue {
	    id: string;
	    name: string;
	    joined: boolean;
	
	    static createFrom(source: any = {}) {
	        return new MyQueue(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.joined = source["joined"];
	    }
	}
	export class Presence {
	    id: string;
	    label: string;
	
	    static createFrom(source: any = {}) {
	        return new Presence(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.label = source["label"];
	    }
	}
	export class Me {
	    presence: string;
	    presenceMs: number;
	    routing: string;
	    used: number;
	    capacity: number;
	    notResponding: string;
	    waiting: number;
	    longestMs: number;
	    presences: Presence[];
	    queues: MyQueue[];
	    externals: External[];
	
	    static createFrom(source: any = {}) {
	        return new Me(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.presence = source["presence"];
	        this.presenceMs = source["presenceMs"];
	        this.routing = source["routing"];
	        this.used = source["used"];
	        this.capacity = source["capacity"];
	        this.notResponding = source["notResponding"];
	        this.waiting = source["waiting"];
	        this.longestMs = source["longestMs"];
	        this.presences = this.convertValues(source["presences"], Presence);
	        this.queues = this.convertValues(source["queues"], MyQueue);
	        this.externals = this.convertValues(source["externals"], External);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class Notice {
	    id: string;
	    level: string;
	    text: string;
	    conversation: string;
	
	    static createFrom(source: any = {}) {
	        return new Notice(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.level = source["level"];
	        this.text = source["text"];
	        this.conversation = source["conversation"];
	    }
	}
	export class WrapUpCode {
	    id: string;
	    name: string;
	
	    static createFrom(source: any = {}) {
	        return new WrapUpCode(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	    }
	}
	export class Queue {
	    id: string;
	    name: string;
	    alertTimeoutMs: number;
	    acwTimeoutMs: number;
	    defaultCode: string;
	    codes: WrapUpCode[];
	    acwOptional: boolean;
	    manual: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Queue(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.alertTimeoutMs = source["alertTimeoutMs"];
	        this.acwTimeoutMs = source["acwTimeoutMs"];
	        this.defaultCode = source["defaultCode"];
	        this.codes = this.convertValues(source["codes"], WrapUpCode);
	        this.acwOptional = source["acwOptional"];
	        this.manual = source["manual"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Org {
	    name: string;
	    shopUrl: string;
	    queues: Queue[];
	    channels: Channel[];
	
	    static createFrom(source: any = {}) {
	        return new Org(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.shopUrl = source["shopUrl"];
	        this.queues = this.convertValues(source["queues"], Queue);
	        this.channels = this.convertValues(source["channels"], Channel);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Page {
	    conversation: string;
	    from: number;
	    total: number;
	    items: Item[];
	
	    static createFrom(source: any = {}) {
	        return new Page(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.conversation = source["conversation"];
	        this.from = source["from"];
	        this.total = source["total"];
	        this.items = this.convertValues(source["items"], Item);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	export class Probe {
	    ok: boolean;
	    name: string;
	    demo: boolean;
	    address: string;
	    reason: string;
	
	    static createFrom(source: any = {}) {
	        return new Probe(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.ok = source["ok"];
	        this.name = source["name"];
	        this.demo = source["demo"];
	        this.address = source["address"];
	        this.reason = source["reason"];
	    }
	}
	export class Typing {
	    conversations: string[];
	
	    static createFrom(source: any = {}) {
	        return new Typing(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.conversations = source["conversations"];
	    }
	}
	export class TranscriptChange {
	    conversation: string;
	    from: number;
	    total: number;
	    items: Item[];
	
	    static createFrom(source: any = {}) {
	        return new TranscriptChange(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.conversation = source["conversation"];
	        this.from = source["from"];
	        this.total = source["total"];
	        this.items = this.convertValues(source["items"], Item);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Tone {
	    id: string;
	    label: string;
	
	    static createFrom(source: any = {}) {
	        return new Tone(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.label = source["label"];
	    }
	}
	export class Settings {
	    theme: string;
	    density: string;
	    textSize: number;
	    enterSends: boolean;
	    sound: boolean;
	    volume: number;
	    tone: string;
	    tones: Tone[];
	    notifications: boolean;
	    showBodies: boolean;
	    language: string;
	    onQuit: string;
	
	    static createFrom(source: any = {}) {
	        return new Settings(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.theme = source["theme"];
	        this.density = source["density"];
	        this.textSize = source["textSize"];
	        this.enterSends = source["enterSends"];
	        this.sound = source["sound"];
	        this.volume = source["volume"];
	        this.tone = source["tone"];
	        this.tones = this.convertValues(source["tones"], Tone);
	        this.notifications = source["notifications"];
	        this.showBodies = source["showBodies"];
	        this.language = source["language"];
	        this.onQuit = source["onQuit"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Tab {
	    id: string;
	    draft: string;
	    files: Attachment[];
	
	    static createFrom(source: any = {}) {
	        return new Tab(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.draft = source["draft"];
	        this.files = this.convertValues(source["files"], Attachment);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Tabs {
	    open: Tab[];
	    active: string;
	
	    static createFrom(source: any = {}) {
	        return new Tabs(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.open = this.convertValues(source["open"], Tab);
	        this.active = source["active"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Roster {
	    interactions: Interaction[];
	
	    static createFrom(source: any = {}) {
	        return new Roster(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.interactions = this.convertValues(source["interactions"], Interaction);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	export class Session {
	    state: string;
	    hub: string;
	    user: string;
	    name: string;
	    role: string;
	    error: string;
	    keeping: string;
	    demoReady: boolean;
	    profile: string;
	    demo: boolean;
	    closing: boolean;
	
	    static createFrom(source: any = {}) {
	        return new Session(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.state = source["state"];
	        this.hub = source["hub"];
	        this.user = source["user"];
	        this.name = source["name"];
	        this.role = source["role"];
	        this.error = source["error"];
	        this.keeping = source["keeping"];
	        this.demoReady = source["demoReady"];
	        this.profile = source["profile"];
	        this.demo = source["demo"];
	        this.closing = source["closing"];
	    }
	}
	export class Push {
	    seq: number;
	    session?: Session;
	    link?: Link;
	    me?: Me;
	    org?: Org;
	    roster?: Roster;
	    tabs?: Tabs;
	    settings?: Settings;
	    transcripts: TranscriptChange[];
	    typing?: Typing;
	    notices: Notice[];
	
	    static createFrom(source: any = {}) {
	        return new Push(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.seq = source["seq"];
	        this.session = this.convertValues(source["session"], Session);
	        this.link = this.convertValues(source["link"], Link);
	        this.me = this.convertValues(source["me"], Me);
	        this.org = this.convertValues(source["org"], Org);
	        this.roster = this.convertValues(source["roster"], Roster);
	        this.tabs = this.convertValues(source["tabs"], Tabs);
	        this.settings = this.convertValues(source["settings"], Settings);
	        this.transcripts = this.convertValues(source["transcripts"], TranscriptChange);
	        this.typing = this.convertValues(source["typing"], Typing);
	        this.notices = this.convertValues(source["notices"], Notice);
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	
	
	
	
	
	export class TargetAgent {
	    id: string;
	    name: string;
	    presence: string;
	    label: string;
	    routing: string;
	    held: number;
	    queues: string[];
	
	    static createFrom(source: any = {}) {
	        return new TargetAgent(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.presence = source["presence"];
	        this.label = source["label"];
	        this.routing = source["routing"];
	        this.held = source["held"];
	        this.queues = source["queues"];
	    }
	}
	export class TargetQueue {
	    id: string;
	    name: string;
	    waiting: number;
	    longestMs: number;
	    onQueue: number;
	
	    static createFrom(source: any = {}) {
	        return new TargetQueue(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.waiting = source["waiting"];
	        this.longestMs = source["longestMs"];
	        this.onQueue = source["onQueue"];
	    }
	}
	export class Targets {
	    queues: TargetQueue[];
	    agents: TargetAgent[];
	    note: string;
	
	    static createFrom(source: any = {}) {
	        return new Targets(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.queues = this.convertValues(source["queues"], TargetQueue);
	        this.agents = this.convertValues(source["agents"], TargetAgent);
	        this.note = source["note"];
	    }
	
		convertValues(a: any, classs: any, asMap: boolean = false): any {
		    if (!a) {
		        return a;
		    }
		    if (a.slice && a.map) {
		        return (a as any[]).map(elem => this.convertValues(elem, classs));
		    } else if ("object" === typeof a) {
		        if (asMap) {
		            for (const key of Object.keys(a)) {
		                a[key] = new classs(a[key]);
		            }
		            return a;
		        }
		        return new classs(a);
		    }
		    return a;
		}
	}
	
	
	
	export class Waits {
	    id: string;
	    queueName: string;
	    channel: string;
	    contact: string;
	    sinceMs: number;
	    priority: number;
	
	    static createFrom(source: any = {}) {
	        return new Waits(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.queueName = source["queueName"];
	        this.channel = source["channel"];
	        this.contact = source["contact"];
	        this.sinceMs = source["sinceMs"];
	        this.priority = source["priority"];
	    }
	}

}

