import Yams

extension ClientList {
    /// Returns those who stand in a clients file with the same name and key; nil if the file is no list of names and keys.
    ///
    /// Nothing else of the file is read: it may be wrong elsewhere, and needs no directory.
    ///
    /// - Parameter yaml: the file's text.
    public func named(in yaml: String) -> ClientList? {
        guard let entries = try? ClientsText.list(of: yaml, "") else { return nil }
        var named: Set<[String]> = []
        for entry in entries {
            guard let name = entry.mapping?["name"]?.scalar?.string, let key = entry.mapping?["key"]?.scalar?.string,
                PrincipalName(client: name) != nil, PublicKey(z85: key) != nil
            else { return nil }
            named.insert([name, key])
        }
        return ClientList(principals.filter { named.contains([$0.name.text, $0.key.z85]) })
    }
}
