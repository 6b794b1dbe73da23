import Testing
import TocsinModel

/// The table of an alert's life, as the protocol shows it.
struct AlertLifeTests {
    private static let personal: [AlertState] = [.acknowledged, .enRoute, .onScene, .resolved, .declined]

    @Test(arguments: Purpose.allCases) func `what is finished stays finished`(_ purpose: Purpose) {
        for old in [AlertState.resolved, .cancelled] {
            for word in AlertState.allCases { #expect(old.after(word, for: purpose) == old) }
        }
    }

    @Test(arguments: Purpose.allCases) func `a person's newest word counts`(_ purpose: Purpose) {
        for old in AlertState.allCases where !old.isFinished {
            for word in Self.personal { #expect(old.after(word, for: purpose) == word) }
        }
    }

    @Test(arguments: Purpose.allCases) func `a machine's word never takes back a person's`(_ purpose: Purpose) {
        for old in Self.personal {
            #expect(old.after(.sent, for: purpose) == old)
            #expect(old.after(.received, for: purpose) == old)
        }
        #expect(AlertState.queued.after(.received, for: purpose) == .received)
        #expect(AlertState.sent.after(.received, for: purpose) == .received)
        #expect(AlertState.received.after(.sent, for: purpose) == .received)
        #expect(AlertState.queued.after(.sent, for: purpose) == .sent)
    }

    @Test func `a closing cancels what is owed, and information that is delivered is not`() {
        for old in AlertState.allCases where !old.isFinished {
            #expect(old.after(.cancelled, for: .action) == .cancelled)
            #expect(old.after(.cancelled, for: .information) == (old.isDelivered ? old : .cancelled))
        }
    }

    @Test func `what rings again is queued, and delivered information does not ring`() {
        for old in AlertState.allCases where !old.isFinished {
            #expect(old.after(.queued, for: .action) == (old == .sent ? .sent : .queued))
            #expect(old.after(.queued, for: .information) == (old == .sent || old.isDelivered ? old : .queued))
        }
    }

    @Test func `what is silenced rings no more, and only information can still be delivered`() {
        for old in AlertState.allCases where !old.isFinished {
            #expect(old.after(.silenced, for: .action) == .silenced)
            #expect(old.after(.silenced, for: .information) == (old.isDelivered ? old : .silenced))
        }
        #expect(AlertState.silenced.after(.received, for: .action) == .silenced)
        #expect(AlertState.silenced.after(.received, for: .information) == .received)
        #expect(!AlertState.silenced.isUnanswered(for: .action) && !AlertState.silenced.isSettled(for: .information))
    }

    @Test func `information is settled when it is delivered, action when it is finished`() {
        for state in AlertState.allCases {
            #expect(state.isSettled(for: .information) == state.isDelivered)
            #expect(state.isSettled(for: .action) == state.isFinished)
        }
    }
}
