import TocsinModel

/// What is known of the objects met last, each in the place that its address gives it, so that finding it again takes no
/// hashing and comparing of what it says. They are held: otherwise another might be made at the same address.
struct AddressCache<Object, Value> {
    private var entries: [(object: Object, address: UnsafeRawPointer, value: Value)?]

    /// - Parameter size: how many it has room for, a power of two.
    init(size: Int) {
        entries = Array(repeating: nil, count: size)
    }

    /// What is known of the object at an address; nil if it has not been met lately.
    subscript(address: UnsafeRawPointer) -> Value? {
        guard let entry = entries[slot(of: address)], entry.address == address else { return nil }
        return entry.value
    }

    mutating func add(_ value: Value, of object: Object, at address: UnsafeRawPointer) {
        entries[slot(of: address)] = (object, address, value)
    }

    private func slot(of address: UnsafeRawPointer) -> Int {
        // Objects lie apart by at least sixteen bytes.
        Int(bitPattern: address) >> 4 & (entries.count - 1)
    }
}

extension Addressee {
    var address: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }
}
