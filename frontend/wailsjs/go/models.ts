export namespace app {
	
	export class AgentQueue {
	    id: string;
	    name: string;
	    joined: boolean;
	
	    static createFrom(source: any = {}) {
	        return new AgentQueue(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.joined = source["joined"];
	    }
	}
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
	export class LiveConversation {
	    id: string;
	    channel: string;
	    contact: string;
	    queue: string;
	    queueName: string;
	    phase: string;
	    phaseMs: number;
	    startedMs: number;
	    queuedMs: number;
	    agent: string;
	    agentName: string;
	    forName: string;
	    priority: number;
	    unansweredMs: number;
	    helpMs: number;
	    watchers: string[];
	
	    static createFrom(source: any = {}) {
	        return new LiveConversation(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.channel = source["channel"];
	        this.contact = source["contact"];
	        this.queue = source["queue"];
	        this.queueName = source["queueName"];
	        this.phase = source["phase"];
	        this.phaseMs = source["phaseMs"];
	        this.startedMs = source["startedMs"];
	        this.queuedMs = source["queuedMs"];
	        this.agent = source["agent"];
	        this.agentName = source["agentName"];
	        this.forName = source["forName"];
	        this.priority = source["priority"];
	        this.unansweredMs = source["unansweredMs"];
	        this.helpMs = source["helpMs"];
	        this.watchers = source["watchers"];
	    }
	}
	export class ChannelCount {
	    channel: string;
	    count: number;
	
	    static createFrom(source: any = {}) {
	        return new ChannelCount(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.channel = source["channel"];
	        this.count = source["count"];
	    }
	}
	export class BoardAgent {
	    id: string;
	    name: string;
	    status: string;
	    label: string;
	    statusMs: number;
	    presence: string;
	    presenceMs: number;
	    channels: ChannelCount[];
	    used: number;
	    capacity: number;
	    alerting: number;
	    talking: number;
	    afterCall: number;
	    queues: AgentQueue[];
	    onQueueMs: number;
	    busyMs: number;
	    settledMs: number;
	    onQueue: boolean;
	    busy: boolean;
	    answered: number;
	    handled: number;
	    ahtMs: number;
	    declined: number;
	    expired: number;
	    notResponding: number;
	    transferred: number;
	
	    static createFrom(source: any = {}) {
	        return new BoardAgent(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.status = source["status"];
	        this.label = source["label"];
	        this.statusMs = source["statusMs"];
	        this.presence = source["presence"];
	        this.presenceMs = source["presenceMs"];
	        this.channels = this.convertValues(source["channels"], ChannelCount);
	        this.used = source["used"];
	        this.capacity = source["capacity"];
	        this.alerting = source["alerting"];
	        this.talking = source["talking"];
	        this.afterCall = source["afterCall"];
	        this.queues = this.convertValues(source["queues"], AgentQueue);
	        this.onQueueMs = source["onQueueMs"];
	        this.busyMs = source["busyMs"];
	        this.settledMs = source["settledMs"];
	        this.onQueue = source["onQueue"];
	        this.busy = source["busy"];
	        this.answered = source["answered"];
	        this.handled = source["handled"];
	        this.ahtMs = source["ahtMs"];
	        this.declined = source["declined"];
	        this.expired = source["expired"];
	        this.notResponding = source["notResponding"];
	        this.transferred = source["transferred"];
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
	export class QueueAgents {
	    idle: number;
	    interacting: number;
	    afterCall: number;
	    notResponding: number;
	
	    static createFrom(source: any = {}) {
	        return new QueueAgents(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.idle = source["idle"];
	        this.interacting = source["interacting"];
	        this.afterCall = source["afterCall"];
	        this.notResponding = source["notResponding"];
	    }
	}
	export class BoardAlert {
	    metric: string;
	    level: string;
	    limit: number;
	
	    static createFrom(source: any = {}) {
	        return new BoardAlert(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.metric = source["metric"];
	        this.level = source["level"];
	        this.limit = source["limit"];
	    }
	}
	export class BoardQueue {
	    offered: number;
	    answered: number;
	    answeredWithin: number;
	    abandoned: number;
	    shortAbandoned: number;
	    flowedOut: number;
	    serviceLevel: number;
	    abandonRate: number;
	    asaMs: number;
	    waitMaxMs: number;
	    handled: number;
	    ahtMs: number;
	    talkMs: number;
	    acwMs: number;
	    handleMaxMs: number;
	    transfersIn: number;
	    transfersOut: number;
	    takenOver: number;
	    pulled: number;
	    parkedCount: number;
	    inactive: number;
	    unanswered: number;
	    surveys: number;
	    score: number;
	    scale: number;
	    id: string;
	    queue: string;
	    name: string;
	    channel: string;
	    channels: string[];
	    waiting: number;
	    alerting: number;
	    longestMs: number;
	    connected: number;
	    parked: number;
	    afterCall: number;
	    target: number;
	    withinMs: number;
	    spark: number[];
	    alerts: BoardAlert[];
	    agents: QueueAgents;
	
	    static createFrom(source: any = {}) {
	        return new BoardQueue(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.offered = source["offered"];
	        this.answered = source["answered"];
	        this.answeredWithin = source["answeredWithin"];
	        this.abandoned = source["abandoned"];
	        this.shortAbandoned = source["shortAbandoned"];
	        this.flowedOut = source["flowedOut"];
	        this.serviceLevel = source["serviceLevel"];
	        this.abandonRate = source["abandonRate"];
	        this.asaMs = source["asaMs"];
	        this.waitMaxMs = source["waitMaxMs"];
	        this.handled = source["handled"];
	        this.ahtMs = source["ahtMs"];
	        this.talkMs = source["talkMs"];
	        this.acwMs = source["acwMs"];
	        this.handleMaxMs = source["handleMaxMs"];
	        this.transfersIn = source["transfersIn"];
	        this.transfersOut = source["transfersOut"];
	        this.takenOver = source["takenOver"];
	        this.pulled = source["pulled"];
	        this.parkedCount = source["parkedCount"];
	        this.inactive = source["inactive"];
	        this.unanswered = source["unanswered"];
	        this.surveys = source["surveys"];
	        this.score = source["score"];
	        this.scale = source["scale"];
	        this.id = source["id"];
	        this.queue = source["queue"];
	        this.name = source["name"];
	        this.channel = source["channel"];
	        this.channels = source["channels"];
	        this.waiting = source["waiting"];
	        this.alerting = source["alerting"];
	        this.longestMs = source["longestMs"];
	        this.connected = source["connected"];
	        this.parked = source["parked"];
	        this.afterCall = source["afterCall"];
	        this.target = source["target"];
	        this.withinMs = source["withinMs"];
	        this.spark = source["spark"];
	        this.alerts = this.convertValues(source["alerts"], BoardAlert);
	        this.agents = this.convertValues(source["agents"], QueueAgents);
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
	export class BoardTotal {
	    offered: number;
	    answered: number;
	    answeredWithin: number;
	    abandoned: number;
	    shortAbandoned: number;
	    flowedOut: number;
	    serviceLevel: number;
	    abandonRate: number;
	    asaMs: number;
	    waitMaxMs: number;
	    handled: number;
	    ahtMs: number;
	    talkMs: number;
	    acwMs: number;
	    handleMaxMs: number;
	    transfersIn: number;
	    transfersOut: number;
	    takenOver: number;
	    pulled: number;
	    parkedCount: number;
	    inactive: number;
	    unanswered: number;
	    surveys: number;
	    score: number;
	    scale: number;
	    waiting: number;
	    longestMs: number;
	    longestQueue: string;
	    connected: number;
	    onQueue: number;
	    idle: number;
	    away: number;
	
	    static createFrom(source: any = {}) {
	        return new BoardTotal(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.offered = source["offered"];
	        this.answered = source["answered"];
	        this.answeredWithin = source["answeredWithin"];
	        this.abandoned = source["abandoned"];
	        this.shortAbandoned = source["shortAbandoned"];
	        this.flowedOut = source["flowedOut"];
	        this.serviceLevel = source["serviceLevel"];
	        this.abandonRate = source["abandonRate"];
	        this.asaMs = source["asaMs"];
	        this.waitMaxMs = source["waitMaxMs"];
	        this.handled = source["handled"];
	        this.ahtMs = source["ahtMs"];
	        this.talkMs = source["talkMs"];
	        this.acwMs = source["acwMs"];
	        this.handleMaxMs = source["handleMaxMs"];
	        this.transfersIn = source["transfersIn"];
	        this.transfersOut = source["transfersOut"];
	        this.takenOver = source["takenOver"];
	        this.pulled = source["pulled"];
	        this.parkedCount = source["parkedCount"];
	        this.inactive = source["inactive"];
	        this.unanswered = source["unanswered"];
	        this.surveys = source["surveys"];
	        this.score = source["score"];
	        this.scale = source["scale"];
	        this.waiting = source["waiting"];
	        this.longestMs = source["longestMs"];
	        this.longestQueue = source["longestQueue"];
	        this.connected = source["connected"];
	        this.onQueue = source["onQueue"];
	        this.idle = source["idle"];
	        this.away = source["away"];
	    }
	}
	export class Board {
	    state: string;
	    atMs: number;
	    dayMs: number;
	    whole: boolean;
	    total: BoardTotal;
	    queues: BoardQueue[];
	    agents: BoardAgent[];
	    live: LiveConversation[];
	    gone: string[];
	
	    static createFrom(source: any = {}) {
	        return new Board(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.state = source["state"];
	        this.atMs = source["atMs"];
	        this.dayMs = source["dayMs"];
	        this.whole = source["whole"];
	        this.total = this.convertValues(source["total"], BoardTotal);
	        this.queues = this.convertValues(source["queues"], BoardQueue);
	        this.agents = this.convertValues(source["agents"], BoardAgent);
	        this.live = this.convertValues(source["live"], LiveConversation);
	        this.gone = source["gone"];
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
	
	export class CoachLine {
	    id: string;
	    atMs: number;
	    by: string;
	    mine: boolean;
	    text: string;
	    erased: boolean;
	
	    static createFrom(source: any = {}) {
	        return new CoachLine(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.atMs = source["atMs"];
	        this.by = source["by"];
	        this.mine = source["mine"];
	        this.text = source["text"];
	        this.erased = source["erased"];
	    }
	}
	export class Coaching {
	    id: string;
	    lines: CoachLine[];
	
	    static createFrom(source: any = {}) {
	        return new Coaching(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.lines = this.convertValues(source["lines"], CoachLine);
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
	export class HistoryEntry {
	    atMs: number;
	    actor: string;
	    by: string;
	    event: string;
	    agentName: string;
	    queueName: string;
	    reason: string;
	    code: string;
	    number: number;
	
	    static createFrom(source: any = {}) {
	        return new HistoryEntry(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.atMs = source["atMs"];
	        this.actor = source["actor"];
	        this.by = source["by"];
	        this.event = source["event"];
	        this.agentName = source["agentName"];
	        this.queueName = source["queueName"];
	        this.reason = source["reason"];
	        this.code = source["code"];
	        this.number = source["number"];
	    }
	}
	export class History {
	    conversation: string;
	    entries: HistoryEntry[];
	
	    static createFrom(source: any = {}) {
	        return new History(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.conversation = source["conversation"];
	        this.entries = this.convertValues(source["entries"], HistoryEntry);
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
	
	export class Response {
	    id: string;
	    name: string;
	    text: string;
	    language: string;
	
	    static createFrom(source: any = {}) {
	        return new Response(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.text = source["text"];
	        this.language = source["language"];
	    }
	}
	export class Library {
	    id: string;
	    name: string;
	    queues: string[];
	    responses: Response[];
	
	    static createFrom(source: any = {}) {
	        return new Library(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.name = source["name"];
	        this.queues = source["queues"];
	        this.responses = this.convertValues(source["responses"], Response);
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
	export class Monitored {
	    id: string;
	    contact: string;
	    handle: string;
	    channel: string;
	    queueName: string;
	    phase: string;
	    agentName: string;
	    connectedMs: number;
	    queuedMs: number;
	    helpMs: number;
	    endedMs: number;
	    priority: number;
	    watchers: string[];
	    loaded: boolean;
	    problem: string;
	
	    static createFrom(source: any = {}) {
	        return new Monitored(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.id = source["id"];
	        this.contact = source["contact"];
	        this.handle = source["handle"];
	        this.channel = source["channel"];
	        this.queueName = source["queueName"];
	        this.phase = source["phase"];
	        this.agentName = source["agentName"];
	        this.connectedMs = source["connectedMs"];
	        this.queuedMs = source["queuedMs"];
	        this.helpMs = source["helpMs"];
	        this.endedMs = source["endedMs"];
	        this.priority = source["priority"];
	        this.watchers = source["watchers"];
	        this.loaded = source["loaded"];
	        this.problem = source["problem"];
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
	    libraries: Library[];
	
	    static createFrom(source: any = {}) {
	        return new Org(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.shopUrl = source["shopUrl"];
	        this.queues = this.convertValues(source["queues"], Queue);
	        this.channels = this.convertValues(source["channels"], Channel);
	        this.libraries = this.convertValues(source["libraries"], Library);
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
	export class Right {
	    action: string;
	    everywhere: boolean;
	    queues: string[];
	
	    static createFrom(source: any = {}) {
	        return new Right(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.action = source["action"];
	        this.everywhere = source["everywhere"];
	        this.queues = source["queues"];
	    }
	}
	export class Supervision {
	    rights: Right[];
	    zone: string;
	    watchBoard: boolean;
	    monitored: Monitored[];
	    coaching: Coaching[];
	
	    static createFrom(source: any = {}) {
	        return new Supervision(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.rights = this.convertValues(source["rights"], Right);
	        this.zone = source["zone"];
	        this.watchBoard = source["watchBoard"];
	        this.monitored = this.convertValues(source["monitored"], Monitored);
	        this.coaching = this.convertValues(source["coaching"], Coaching);
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
	    supervision?: Supervision;
	    notices: Notice[];
	    board?: Board;
	
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
	        this.supervision = this.convertValues(source["supervision"], Supervision);
	        this.notices = this.convertValues(source["notices"], Notice);
	        this.board = this.convertValues(source["board"], Board);
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
	
	
	export class ReportRow {
	    offered: number;
	    answered: number;
	    answeredWithin: number;
	    abandoned: number;
	    shortAbandoned: number;
	    flowedOut: number;
	    serviceLevel: number;
	    abandonRate: number;
	    asaMs: number;
	    waitMaxMs: number;
	    handled: number;
	    ahtMs: number;
	    talkMs: number;
	    acwMs: number;
	    handleMaxMs: number;
	    transfersIn: number;
	    transfersOut: number;
	    takenOver: number;
	    pulled: number;
	    parkedCount: number;
	    inactive: number;
	    unanswered: number;
	    surveys: number;
	    score: number;
	    scale: number;
	    atMs: number;
	    queue: string;
	    queueName: string;
	    channel: string;
	    agent: string;
	    agentName: string;
	    code: string;
	    codeName: string;
	    alerted: number;
	    declined: number;
	    expired: number;
	    notResponding: number;
	    transferred: number;
	    occupancy: number;
	    onQueueMs: number;
	    busyMs: number;
	    notRespondingMs: number;
	    availableMs: number;
	    workMs: number;
	    awayMs: number;
	    breakMs: number;
	    mealMs: number;
	    meetingMs: number;
	    trainingMs: number;
	
	    static createFrom(source: any = {}) {
	        return new ReportRow(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.offered = source["offered"];
	        this.answered = source["answered"];
	        this.answeredWithin = source["answeredWithin"];
	        this.abandoned = source["abandoned"];
	        this.shortAbandoned = source["shortAbandoned"];
	        this.flowedOut = source["flowedOut"];
	        this.serviceLevel = source["serviceLevel"];
	        this.abandonRate = source["abandonRate"];
	        this.asaMs = source["asaMs"];
	        this.waitMaxMs = source["waitMaxMs"];
	        this.handled = source["handled"];
	        this.ahtMs = source["ahtMs"];
	        this.talkMs = source["talkMs"];
	        this.acwMs = source["acwMs"];
	        this.handleMaxMs = source["handleMaxMs"];
	        this.transfersIn = source["transfersIn"];
	        this.transfersOut = source["transfersOut"];
	        this.takenOver = source["takenOver"];
	        this.pulled = source["pulled"];
	        this.parkedCount = source["parkedCount"];
	        this.inactive = source["inactive"];
	        this.unanswered = source["unanswered"];
	        this.surveys = source["surveys"];
	        this.score = source["score"];
	        this.scale = source["scale"];
	        this.atMs = source["atMs"];
	        this.queue = source["queue"];
	        this.queueName = source["queueName"];
	        this.channel = source["channel"];
	        this.agent = source["agent"];
	        this.agentName = source["agentName"];
	        this.code = source["code"];
	        this.codeName = source["codeName"];
	        this.alerted = source["alerted"];
	        this.declined = source["declined"];
	        this.expired = source["expired"];
	        this.notResponding = source["notResponding"];
	        this.transferred = source["transferred"];
	        this.occupancy = source["occupancy"];
	        this.onQueueMs = source["onQueueMs"];
	        this.busyMs = source["busyMs"];
	        this.notRespondingMs = source["notRespondingMs"];
	        this.availableMs = source["availableMs"];
	        this.workMs = source["workMs"];
	        this.awayMs = source["awayMs"];
	        this.breakMs = source["breakMs"];
	        this.mealMs = source["mealMs"];
	        this.meetingMs = source["meetingMs"];
	        this.trainingMs = source["trainingMs"];
	    }
	}
	export class Report {
	    rows: ReportRow[];
	
	    static createFrom(source: any = {}) {
	        return new Report(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.rows = this.convertValues(source["rows"], ReportRow);
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
	export class ReportQuery {
	    of: string;
	    by: string[];
	    fromMs: number;
	    toMs: number;
	    queues: string[];
	    channels: string[];
	    agents: string[];
	
	    static createFrom(source: any = {}) {
	        return new ReportQuery(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.of = source["of"];
	        this.by = source["by"];
	        this.fromMs = source["fromMs"];
	        this.toMs = source["toMs"];
	        this.queues = source["queues"];
	        this.channels = source["channels"];
	        this.agents = source["agents"];
	    }
	}
	
	
	
	
	
	
	
	
	export class TableRow {
	    cells: string[];
	
	    static createFrom(source: any = {}) {
	        return new TableRow(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.cells = source["cells"];
	    }
	}
	export class Table {
	    name: string;
	    header: string[];
	    rows: TableRow[];
	
	    static createFrom(source: any = {}) {
	        return new Table(source);
	    }
	
	    constructor(source: any = {}) {
	        if ('string' === typeof source) source = JSON.parse(source);
	        this.name = source["name"];
	        this.header = source["header"];
	        this.rows = this.convertValues(source["rows"], TableRow);
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

