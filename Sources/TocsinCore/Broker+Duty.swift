import TocsinDuty
import TocsinJournal
import TocsinModel
import TocsinRouting

/// Who is on duty: a gap in a roster becomes an incident of the broker's own before it comes.
extension Broker {
    /// Takes the duty sheet of files that come into force. What was told of a gap stays told.
    mutating func takeDuty(_ files: RuleFiles, into turn: inout Turn) {
        duty.take(files.duty)
        let before = dutyGaps
        dutyGaps = DutyGaps(notice: files.duty.isEmpty ? nil : files.duty.gapNotice)
        guard before.isOn || dutyGaps.isOn else { return }
        dutyGaps.nextCheck = turn.now.uptime
        for (recipient, supervisor) in files.directory.supervised { dutyGaps.supervisors[recipient] = supervisor }
        var unwatched: [(recipient: Recipient, number: IncidentNumber)] = []
        for (recipient, told) in before.told where duty.table.roster(of: recipient) != nil {
            dutyGaps.told[recipient] = told
        }
        for (recipient, number) in openDutyGaps {
            guard dutyGaps.isOn, duty.table.roster(of: recipient) != nil else {
                unwatched.append((recipient, number))
                continue
            }
            if dutyGaps.told[recipient]?.incident != number { dutyGaps.told[recipient] = .init(incident: number) }
        }
        guard isJournalAvailable else { return }
        for (recipient, number) in unwatched {
            endDutyGap(number, "The roster of \(recipient) is no longer watched.", into: &turn)
        }
    }

    /// The open incidents of gaps, in their order.
    private var openDutyGaps: [(recipient: Recipient, number: IncidentNumber)] {
        var open: [(recipient: Recipient, number: IncidentNumber)] = []
        incidents.forEach(after: 0) { incident in
            // These two are at hand. Hardly any other incident is looked into.
            guard incident.category == .infra, incident.severity == DutyGapReport.severity,
                let first = incident.alerts.first, first.addressee.purpose == .action,
                let name = Ruleset.supervisedLink(of: first.addressee.rule),
                let recipient = Recipient(String(name))
            else { return true }
            open.append((recipient, incident.number))
            return true
        }
        return open
    }

    /// Looks for gaps in the next rosters. A round over all goes on in the next turns, so that people's messages come
    /// between.
    mutating func checkDutyGaps(into turn: inout Turn) {
        guard let notice = dutyGaps.notice else { return }
        let rosters = duty.table.rosters
        let start = min(dutyGaps.nextRoster, rosters.count)
        let end = min(start + Limits.rostersPerTurn, rosters.count)
        // What comes before the next round is told in this one.
        let span = turn.now.wall..<turn.now.wall + notice + .milliseconds(DutyGaps.roundMilliseconds)
        for roster in rosters[start..<end] { check(roster, in: span, into: &turn) }
        let isOver = end == rosters.count
        dutyGaps.nextRoster = isOver ? 0 : end
        dutyGaps.nextCheck = turn.now.uptime + (isOver ? DutyGaps.roundMilliseconds : 0)
    }

    private mutating func check(_ roster: Roster, in span: Range<Timestamp>, into turn: inout Turn) {
        let gap = roster.gaps(in: span).first
        if let told = dutyGaps.told[roster.recipient] {
            if let gap, gap.lowerBound < told.until ?? gap.upperBound {
                dutyGaps.told[roster.recipient]?.until = max(told.until ?? gap.upperBound, gap.upperBound)
                return
            }
            dutyGaps.told[roster.recipient] = nil
            let isPast = told.until.map { $0 <= turn.now.wall } ?? false
            endDutyGap(
                told.incident,
                isPast ? "The time without anybody on duty is over." : "Somebody is on duty then.", into: &turn)
        }
        guard let gap else { return }
        report(gap, of: roster, into: &turn)
    }

    private mutating func report(_ gap: Range<Timestamp>, of roster: Roster, into turn: inout Turn) {
        let supervisor = dutyGaps.supervisors[roster.recipient] ?? rules.fallback
        let number = IncidentNumber(lastPosition.next)
        // It may go on for longer than has been looked at.
        let ahead = gap.lowerBound..<gap.lowerBound + .seconds(Limits.dutyNoticeDays * 86_400)
        let whole = roster.gaps(in: ahead).first ?? gap
        let report = DutyGapReport(
            whole, isLonger: whole.upperBound == ahead.upperBound, of: roster, supervisor: supervisor, number,
            title: directory.title(of: roster.recipient), now: turn.now.wall)
        let subject = Case(report.report, at: turn.now.wall, body: report.body)
        let routing = rules.route(subject, to: supervisor, of: roster.recipient.name, with: subscriptions)
        take(incidentRecord(subject, routing, by: nil), into: &turn)
        dutyGaps.told[roster.recipient] = .init(incident: number, until: gap.upperBound)
    }

    private mutating func endDutyGap(_ number: IncidentNumber, _ note: String, into turn: inout Turn) {
        guard isOpen(number) else { return }
        end(number, by: Person(by: LinkReport.sender, note: note), into: &turn)
        announceClosed(into: &turn)
    }
}
