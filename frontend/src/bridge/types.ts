import type { app } from "../../wailsjs/go/models";

/** Data is a generated class without its methods: what really crosses. */
type Data<T> = T extends (infer E)[]
  ? Data<E>[]
  : T extends object
    ? { [K in keyof T as T[K] extends (...args: never[]) => unknown ? never : K]: Data<T[K]> }
    : T;

export type Push = Data<app.Push>;
export type Session = Data<app.Session>;
export type Link = Data<app.Link>;
export type Me = Data<app.Me>;
export type MyQueue = Data<app.MyQueue>;
export type External = Data<app.External>;
export type Waits = Data<app.Waits>;
export type Targets = Data<app.Targets>;
export type TargetQueue = Data<app.TargetQueue>;
export type TargetAgent = Data<app.TargetAgent>;
export type Presence = Data<app.Presence>;
export type Org = Data<app.Org>;
export type Queue = Data<app.Queue>;
export type Library = Data<app.Library>;
export type Response = Data<app.Response>;
export type WrapUpCode = Data<app.WrapUpCode>;
export type Channel = Data<app.Channel>;
export type Roster = Data<app.Roster>;
export type Interaction = Data<app.Interaction>;
export type KeyValue = Data<app.KeyValue>;
export type Tabs = Data<app.Tabs>;
export type Tab = Data<app.Tab>;
export type Page = Data<app.Page>;
export type TranscriptChange = Data<app.TranscriptChange>;
export type Item = Data<app.Item>;
export type Attachment = Data<app.Attachment>;
export type Typing = Data<app.Typing>;
export type Notice = Data<app.Notice>;
export type Settings = Data<app.Settings>;
export type Tone = Data<app.Tone>;
export type Probe = Data<app.Probe>;
export type Supervision = Data<app.Supervision>;
export type Right = Data<app.Right>;
export type Monitored = Data<app.Monitored>;
export type Coaching = Data<app.Coaching>;
export type CoachLine = Data<app.CoachLine>;
export type Board = Data<app.Board>;
export type BoardTotal = Data<app.BoardTotal>;
export type BoardQueue = Data<app.BoardQueue>;
export type BoardAlert = Data<app.BoardAlert>;
export type BoardAgent = Data<app.BoardAgent>;
export type LiveConversation = Data<app.LiveConversation>;
export type ReportQuery = Data<app.ReportQuery>;
export type Report = Data<app.Report>;
export type ReportRow = Data<app.ReportRow>;
export type History = Data<app.History>;
export type HistoryEntry = Data<app.HistoryEntry>;
export type Table = Data<app.Table>;
