/// The files that `tocsin init` writes: a small organisation on one site, to be changed to one's own.
enum StartingConfiguration {
    /// The files by their names, in the order in which one reads them.
    static let files: [(name: String, text: String)] = [
        ("tocsin.yaml", configuration), ("departments.yaml", departments), ("grids.yaml", grids),
        ("rules.yaml", rules),
    ]

    /// A report that the first rule matches, as flags.
    static let example = "--event structure-fire --category Fire --severity Severe --grid 100001001001001"

    private static let configuration = """
        # The daemon's configuration. What is not here has its default; tocsin.yaml(5) and the project's Config/tocsin.yaml
        # list every key. Paths are relative to this file's folder.
        #
        # After a change of rules, departments or grids:  tocsin check FOLDER/rules.yaml && tocsin reload
        # After a change of this file:                    tocsin check --config FILE, and start the daemon again

        # Where programs connect. Only this machine reaches these.
        endpoints:
          reports: tcp://127.0.0.1:7701     # who reports
          alerts: tcp://127.0.0.1:7702      # who is told
          feed: tcp://127.0.0.1:7703        # who watches

        # Who can be told, where things happen, and who is told of what.
        departments: departments.yaml
        grids: grids.yaml
        rules: rules.yaml
        # The days off and the working days that are moved, where rules say `during: holidays` or `during: workdays`.
        # holidays: holidays.yaml
        # Who is on duty: rosters of people, which `tocsin duty` prints and alerts name.
        # duty: duty.yaml

        # The journal's folder and the control socket's. systemd says both; otherwise say them here or in the environment.
        # state: /var/lib/tocsin
        # runtime: /run/tocsin

        """

    private static let departments = """
        # Who can be told. A department's mailbox is its name: `tocsin listen fire`. A role's mailbox is the role at a place:
        # `tocsin listen warden@100001001001001`. Names are lower-case letters, digits and hyphens; zh and en are the titles
        # that people read, in Chinese and in English.

        departments:
          - { name: fire, zh: 消防队, en: Fire Brigade }
          - { name: medical, zh: 医务室, en: Medical Service }
          - { name: security, zh: 保卫处, en: "Security, the desk that is always manned" }

        # Who is there at each place of a size: district (6 digits), street (9), community (12) or grid (15).
        roles:
          - { name: leader, at: district, zh: 值班领导, en: Duty Leader }
          - { name: warden, at: grid, zh: 楼层管理员, en: Floor Warden }

        """

    private static let grids = """
        # Where things happen. A code of 6 digits is the whole site; 3 more digits are a part of it, and so on down to 15.
        # A longer code lies within the shorter ones that it begins with. A report says one of them: --grid 100001001001001.

        places:
          "100001": 本厂
          "100001001": 北区
          "100001001001": 一号楼
          "100001001001001": 一号楼一层
          "100001001001002": 一号楼二层
          "100001002": 南区
          "100001002001": 仓库
          "100001002001001": 仓库一层

        """

    private static let rules = """
        # Who is told of what. Every rule that matches adds its recipients.
        #
        #   notify   these must acknowledge: somebody says "I take it", with a name
        #   inform   these are only told
        #
        # `role@SIZE` is the role at the place of the report: warden@grid is the floor's own warden. Try a change before it
        # counts: tocsin explain --rules rules.yaml --event gas-leak --category Infra --severity Severe

        # What no rule matches goes here, and never nowhere.
        fallback: security

        rules:
          - name: fire
            when: { category: Fire }
            notify: [fire, security]
            inform: warden@grid
            acknowledge-within: 60s                  # nobody has answered: the leader is told, and told again
            escalate:
              - { after: 60s, to: leader@district }
              - { after: 5m, to: leader@district }

          - name: somebody is hurt or ill
            when: { category: [Health, Rescue] }
            notify: medical
            inform: security
            acknowledge-within: 60s
            escalate:
              - { after: 2m, to: leader@district }

          - name: intruder or theft
            when: { category: Security }
            notify: security
            acknowledge-within: 3m
            escalate:
              - { after: 5m, to: leader@district }

          - name: leak or failure that endangers people
            when: { event: [gas-leak, power-failure, water-leak], severity: at least Moderate }
            notify: security
            inform: [fire, warden@grid]
            acknowledge-within: 3m

          - name: extreme incidents
            when: { severity: Extreme }
            notify: security                         # whatever it is, somebody must act
            inform: leader@district

        # What must come out of these rules. `tocsin check` and `tocsin reload` try it, and refuse a file that does not do it.
        # Of a report, say what matters. Others than those named may be told as well; not-told names those who must not be.
        expect:
          - name: a fire on the first floor
            report: { category: Fire, severity: Severe, area: { grid: "100001001001001" } }
            notify: [fire, security]
            inform: warden@100001001001001
          - name: an injury is not the fire brigade's
            report: { category: Health, severity: Moderate }
            notify: medical
            not-told: fire
          - name: what nobody thought of
            report: { event: something-else }
            notify: security

        """
}
