extension Duration {
    /// In whole milliseconds, rounded up so that a short wait is not none, within what C's int holds.
    var milliseconds: CInt { rounded(upToMultiplesOf: 1_000_000_000_000_000) }

    /// In whole seconds, rounded up, within what C's int holds.
    var seconds: CInt { rounded(upToMultiplesOf: 1_000_000_000_000_000_000) }

    private func rounded(upToMultiplesOf unit: Int128) -> CInt {
        let (quotient, remainder) = attoseconds.quotientAndRemainder(dividingBy: unit)
        return CInt(clamping: quotient + (remainder > 0 ? 1 : 0))
    }
}

extension Duration? {
    /// As the duration's, with libzmq's −1 for "no limit".
    var milliseconds: CInt { self.map(\.milliseconds) ?? -1 }
}
